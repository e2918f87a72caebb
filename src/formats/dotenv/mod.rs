//! dotenv text: one portable form, and three dialects that are exact for their own consumers.

mod assignment;
mod compose;
mod consumer;
mod danger;
mod dialect;
mod misreading;
mod node;
mod portable;
mod python;

pub use assignment::assignment;
pub use consumer::Consumer;
pub use dialect::{Dialect, print};
