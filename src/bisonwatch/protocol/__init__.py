"""How a daemon and those who look at it from outside speak: the stream of pictures, and the words of a feed."""
