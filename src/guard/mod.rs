//! The guard: finds the vault's values where they should not be.

mod forms;

pub use forms::{Form, How, forms, is_plain};
