//! The binary, run as a user runs it.
//!
//! [`bench`](bench) is the builder: a home of its own per test, a cleared environment, whole outputs.

mod bench;
mod readme;
mod smoke;
