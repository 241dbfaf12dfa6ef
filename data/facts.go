package data

// Facts are what is known of a registered dataset before its files are read: enough to check an
// experiment, and to build its network.
type Facts struct {
	Train, Val int   // samples in its official files
	Shape      []int // of a sample: values, or channels, height, width
	Classes    int
	// Mean and Std are the mean and the standard deviation of each channel over the training images,
	// of pixels in [0, 1]; nil where a sample is not an image.
	Mean, Std []float64
}

// Image is the geometry of a sample, nil where it is not an image.
func (f *Facts) Image() *Image {
	if f == nil || len(f.Shape) != 3 {
		return nil
	}
	return &Image{f.Shape[0], f.Shape[1], f.Shape[2]}
}

// latents are the facts of what the ConvMixer gives for a dataset.
func latents(classes int) *Facts {
	return &Facts{Train: 50000, Val: 10000, Shape: []int{256}, Classes: classes}
}

// digits are the facts of MNIST, and of datasets made in its image.
func digits(mean, std float64) *Facts {
	return &Facts{
		Train: 60000, Val: 10000, Shape: []int{1, 28, 28}, Classes: 10,
		Mean: []float64{mean}, Std: []float64{std},
	}
}
