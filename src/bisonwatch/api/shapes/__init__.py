"""What the API's answers and bodies look like, for its OpenAPI document.

The values themselves are made by the `…_json` functions of `domain`, and are not checked again when they are sent: tests hold the two equal.
"""
