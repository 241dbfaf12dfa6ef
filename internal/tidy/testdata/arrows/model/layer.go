package model

import (
	"fmt"

	"example/compute"
	"example/train" // wrong: upwards
)
