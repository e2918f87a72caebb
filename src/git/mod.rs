//! The installed git, run as a program: what it tracks and stores, what is checked out, and unfinished merges.

mod absent;
mod ahead;
mod blobs;
mod command;
mod commit_risk;
mod explain;
mod filters;
mod ignored;
mod layout;
mod listed;
pub mod markers;
mod operation;
mod pointer;
mod read;
mod refusal;
mod remote;
mod repository;
pub mod setup;
mod symlink;
mod versions;
mod work_tree;

pub use absent::{Absent, absent};
pub use ahead::Commit;
pub use blobs::{Blob, Contents, Objects, Origins};
pub use commit_risk::{CommitRisk, commit_risk};
pub use ignored::ignored;
pub use listed::ListedTree;
pub use operation::Operation;
pub use pointer::{Pointer, contents};
pub use read::{open, read};
pub use refusal::{GitError, Refusal};
pub use remote::{Fetch, Push};
pub use repository::{Repository, Stages};
pub use symlink::tracked_symlink;
pub use versions::Version;
pub use work_tree::{Head, WorkTree};

#[cfg(test)]
mod tests;
