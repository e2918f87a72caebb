//! The installed git, run as a program: what it tracks and stores, the current branch, and unfinished merges.

mod blobs;
mod branch;
mod command;
mod explain;
mod layout;
pub mod markers;
mod operation;
mod remote;
mod repository;
pub mod setup;
mod work_tree;

pub use blobs::{Blob, Objects};
pub use branch::Branch;
pub use command::GitError;
pub use operation::Operation;
pub use remote::{Fetch, Push};
pub use repository::{Repository, Stages};
pub use work_tree::{CommitRisk, commit_risk, read};
