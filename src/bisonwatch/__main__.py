from bisonwatch.cli.main import main

main()
