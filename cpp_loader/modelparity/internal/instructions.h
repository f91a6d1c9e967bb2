// Which instructions of the processor a hot loop may use.
#pragma once

namespace modelparity::internal {

// kFastest: what this processor turns out to have. kPortable: what every one has, so that tests can
// run it on a processor that has more.
enum class Instructions { kFastest, kPortable };

}  // namespace modelparity::internal
