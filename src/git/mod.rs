//! git, as the program that is installed: what it tracks and holds, on which branch, and what a merge left.

mod blobs;
mod branch;
mod command;
mod explain;
pub mod markers;
mod remote;
mod repository;
pub mod setup;
mod tracked;

pub use blobs::{Blob, Objects};
pub use branch::Branch;
pub use remote::{Fetch, Push};
pub use repository::{GitError, Operation, Repository, Stages};
pub use tracked::{CommitRisk, commit_risk, read};
