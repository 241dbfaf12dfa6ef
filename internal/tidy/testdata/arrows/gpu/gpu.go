package gpu

import "example/internal/dtype" // wrong: nothing of the module
