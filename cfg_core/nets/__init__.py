"""The networks: the U-Net and the classifier of images, and the small ones of the plane."""
