package main

import (
	"example/gpu"
	"example/model"
)
