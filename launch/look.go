package launch

import (
	"os"
	"path/filepath"

	"go.uber.org/zap"

	"noise2sparse/compute"
	"noise2sparse/data"
	"noise2sparse/internal/array"
	"noise2sparse/internal/dtype"
	"noise2sparse/report"
	"noise2sparse/track"
	"noise2sparse/train"
)

const figureName = "receptive_fields.png"

// Fields are receptive fields to be drawn: the first hidden layer's weights (neurons × dim).
type Fields struct {
	Weights  []float32
	Dim      int
	Geometry report.Geometry
	Activity []float32 // fraction of validation samples for which each neuron fires; nil: unknown
}

// look examines what a run has learned: it counts the recovered elements of a known dictionary and
// draws the receptive fields where the inputs are images. A figure that can't be written is worth
// a warning, not the run.
func look(e *train.Engine, j *train.Job, s *track.Summary, o *Outcome) error {
	hidden := e.Net.Hidden()
	if len(hidden) == 0 {
		return nil
	}
	encoder := download(j.Backend, hidden[0].Weight.Value)
	if d := j.Data.Dictionary; d != nil && len(hidden) == 1 {
		r, err := data.RecoveredAtoms(*d, encoder, decoder(e, j), data.RecoveredThreshold)
		if err != nil {
			return err
		}
		s.DictionaryElements, s.DictionaryFound = &r.Atoms, &r.Count
	}
	g := j.Data.Image
	if g == nil {
		return nil
	}
	o.Fields = &Fields{Weights: encoder.Float32s(), Dim: g.Channels * g.Height * g.Width, Geometry: report.Geometry(*g), Activity: activity(e)}
	if err := o.writeFigure(j.Folder); err != nil {
		j.Log.Warn("the receptive fields were not saved", zap.Error(err))
	}
	return nil
}

// decoder is the output layer's weights (dim × neurons) of a reconstruction, else an empty array.
func decoder(e *train.Engine, j *train.Job) array.Array {
	for _, b := range e.ModelBuffers() {
		if b.Name == "output.weight" && b.Tensor.Rows() == j.Data.Dim() {
			return download(j.Backend, b.Tensor)
		}
	}
	return array.Array{}
}

// activity is the fraction of validation samples for which each neuron of the first layer fired in
// the last evaluation; nil where nothing was evaluated.
func activity(e *train.Engine) []float32 {
	s := e.MeasureEvaluation()
	if s.Samples == 0 {
		return nil
	}
	f := make([]float32, len(s.Layers[0].Fired))
	for i, v := range s.Layers[0].Fired {
		f[i] = float32(v / float64(s.Samples))
	}
	return f
}

func download(b compute.Backend, t compute.Tensor) array.Array {
	d := dtype.Float32
	if t.DType() == compute.Float64 {
		d = dtype.Float64
	}
	a := array.Array{DType: d, Shape: t.Shape(), Bytes: make([]byte, t.Bytes())}
	b.Download(a.Bytes, t)
	return a
}

func (o *Outcome) writeFigure(run *track.Run) error {
	img, err := report.ReceptiveFields(o.Fields.Weights, o.Fields.Dim, o.Fields.Geometry, report.FieldOptions{Activity: o.Fields.Activity})
	if err != nil {
		return err
	}
	path, err := run.Figure(figureName)
	if err != nil {
		return err
	}
	if err := report.WritePNG(path, img); err != nil {
		return err
	}
	o.Figure = path
	return nil
}

// existingFigure is the picture that a finished run has, or "".
func existingFigure(dir string) string {
	path := filepath.Join(dir, "figures", figureName)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
