//! git, as the program that is installed: what it tracks.

mod tracked;

pub use tracked::{Kept, kept};
