package model

import (
	_ "example/cmd/trainer" // wrong: a test resting on a command
	_ "example/compute/cpu"
)
