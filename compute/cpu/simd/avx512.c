//go:build cgo && amd64

#include "kernels.h"
#include "vec_avx512.h"

#include <string.h>

#include "contract.h"

#include "elementwise.inc.h"
#include "steps.inc.h"
#include "reduce.inc.h"
#include "columns.inc.h"
#include "gather.inc.h"
#include "topk.inc.h"
#include "noise.inc.h"
#include "curves.inc.h"
#include "depthwise.inc.h"
#include "images.inc.h"
