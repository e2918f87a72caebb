//! The clock. It is read when something happens, never once for a whole process.

use crate::vault::Timestamp;

/// Returns the present moment, to the second, in UTC.
pub fn now() -> Timestamp {
    Timestamp::at(jiff::Timestamp::now())
}
