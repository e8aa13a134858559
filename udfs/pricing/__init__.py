"""Fair price of an offer from its text: features and the ONNX model, numpy in and numpy out."""
