package mystery

import "example/model" // wrong: a package without a row
