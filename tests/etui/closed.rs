//! Closed sections, as people use them.

mod merging;
