//! The clock. It is read when something happens, never once for a whole process.

use crate::vault::Timestamp;

/// A moment, to the second, in UTC: the vault's own.
pub type Moment = Timestamp;

/// Returns the present moment.
pub fn now() -> Moment {
    Timestamp::at(jiff::Timestamp::now())
}
