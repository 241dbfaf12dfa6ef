#include "driver.h"
namespace runner {
void record_before(const Launch&, const Context&) {}
void record_after(const Launch&, const Context&) {}
}  // namespace runner
