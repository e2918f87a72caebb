//! git, as the program that is installed: what it tracks, and on which branch.

mod branch;
mod tracked;

pub use branch::Branch;
pub use tracked::{Kept, kept};
