"""Ways to train with Keras: how data come, what the model is, how it is compiled and called."""
