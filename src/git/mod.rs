//! The installed git, run as a program: what it tracks and stores, what is checked out, and unfinished merges.

mod blobs;
mod command;
mod commit_risk;
mod explain;
mod filters;
mod ignored;
mod layout;
pub mod markers;
mod operation;
mod read;
mod remote;
mod repository;
pub mod setup;
mod symlink;
mod work_tree;

pub use blobs::{Blob, Contents, Objects, Origins};
pub use command::GitError;
pub use commit_risk::{CommitRisk, commit_risk};
pub use ignored::ignored;
pub use operation::Operation;
pub use read::{open, read};
pub use remote::{Fetch, Push};
pub use repository::{Repository, Stages};
pub use symlink::tracked_symlink;
pub use work_tree::{Head, WorkTree};

#[cfg(test)]
mod tests;
