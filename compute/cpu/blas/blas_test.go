package blas

import (
	"testing"
)

func TestX(t *testing.T) { t.Logf("%+v %s %s", Describe(), Name(), Warning()) }
