//! Where a vault stands: its location as named and behind symbolic links, and its git checkout.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::locate::{VaultLocation, real};
use crate::git::{self, GitError, Head, Pointer, WorkTree};
use crate::report::{Explain, Kind, Report};
use crate::vault::{Checkout, Place};

impl VaultLocation {
    /// Returns where the vault stands.
    ///
    /// # Errors
    /// If git tracks a symbolic link on the way: whoever can push could lead the location to another file.
    pub fn place(&self) -> Result<Place, TrackedLink> {
        let refused = |link: Result<PathBuf, GitError>| {
            let target = link.as_ref().ok().and_then(|link| fs::read_link(link).ok());
            let pointer = target.and_then(|target| Pointer::of(target.as_os_str().as_encoded_bytes()));
            TrackedLink { path: self.named.clone(), link, pointer }
        };
        // Where the real path is the one that was named, byte by byte, no link is on the way.
        if let Ok(real) = fs::canonicalize(&self.named)
            && real.as_os_str() == self.named.as_os_str()
        {
            return Ok(place_of(&self.named, text(&real)));
        }
        match git::tracked_symlink(&self.named) {
            Ok(None) => Ok(place(&self.named)),
            Ok(Some(link)) => Err(refused(Ok(link))),
            Err(error) => Err(refused(Err(error))),
        }
    }
}

/// A location that leads through a symbolic link that git tracks, or may track.
#[derive(Debug)]
pub struct TrackedLink {
    pub path: PathBuf,
    /// The link, or why git cannot say whether it tracks it.
    pub link: Result<PathBuf, GitError>,
    /// The link is one of git-annex.
    pub pointer: Option<Pointer>,
}

impl Explain for TrackedLink {
    fn explain(&self) -> Report {
        let path = self.path.display();
        let report = |message| Report::new(Kind::Damaged, "tracked_link", message);
        match &self.link {
            Ok(link) => report(format!("{path} leads through a symbolic link that git tracks: {}", link.display()))
                .hint(match &self.pointer {
                    Some(pointer) => pointer.hint(&self.path),
                    None => "anyone who can push could lead it to an old vault; use the file itself".into(),
                }),
            Err(error) => report(format!("{path} leads through a symbolic link in a repository; git {}", error.reason))
                .hint(error.hint().unwrap_or_else(|| "use the file itself".into())),
        }
    }
}

explained!(TrackedLink);

/// Returns the paths of a file: as named, and with symbolic links resolved.
pub fn locations(named: &Path) -> BTreeSet<String> {
    both(named, real(named))
}

fn both(named: &Path, behind: String) -> BTreeSet<String> {
    BTreeSet::from([text(&without_parents(named)), behind])
}

/// Returns where a file stands, or would stand.
pub fn place(named: &Path) -> Place {
    place_of(named, real(named))
}

/// Returns where a file stands whose real path is known.
fn place_of(named: &Path, behind: String) -> Place {
    let locations = both(named, behind.clone());
    let Some(WorkTree { top, head }) = WorkTree::of(Path::new(&behind)) else {
        return Place { checkout: Checkout::File(behind), locations, is_passing: false };
    };

    let tree = text(&top);
    let (checkout, is_passing) = match head {
        Head::Branch(branch) => (Checkout::Branch { tree, branch }, false),
        Head::Detached { commit } => (Checkout::Commit { tree, commit }, false),
        Head::During { branch: Some(branch), .. } => (Checkout::Branch { tree, branch }, true),
        Head::During { branch: None, commit } => (Checkout::Commit { tree, commit }, true),
    };
    Place { checkout, locations, is_passing }
}

/// Returns an absolute path without `..`, and otherwise as it was named. Where `..` follows a symbolic link it is
/// resolved as the system does.
pub(super) fn without_parents(named: &Path) -> PathBuf {
    let mut path = PathBuf::new();
    for component in named.components() {
        match component {
            Component::ParentDir => {
                if path.is_symlink() {
                    path = std::fs::canonicalize(&path).unwrap_or(path);
                }
                path.pop();
            }
            Component::CurDir => {}
            component => path.push(component),
        }
    }
    path
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_has_one_name_whatever_directory_it_was_named_from() {
        let root = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(root.path()).unwrap();
        std::fs::create_dir_all(root.join("deep/er")).unwrap();
        std::os::unix::fs::symlink("deep/er", root.join("link")).unwrap();
        for (named, expected) in [
            ("v.age", "v.age"),
            ("sub/../v.age", "v.age"),
            ("./sub/.././v.age", "v.age"),
            ("link/v.age", "link/v.age"),
            ("link/../v.age", "deep/v.age"),
        ] {
            assert_eq!(without_parents(&root.join(named)), root.join(expected), "{named}");
        }
    }
    #[test]
    fn a_checkout_is_a_branch_or_a_commit_of_a_work_tree_or_else_the_file() {
        let root = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(root.path()).unwrap();
        let (git, named) = (root.join(".git"), root.join("deep/v.age"));
        let (tree, file, id) = (text(&root), text(&named), "0123456789abcdef0123456789abcdef01234567".to_owned());
        let write = |path: &str, content: &str| std::fs::write(git.join(path), content).unwrap();
        std::fs::create_dir_all(root.join("deep")).unwrap();
        let found = || {
            let Place { checkout, locations, is_passing } = place(&named);
            assert_eq!(locations, BTreeSet::from([file.clone()]));
            (checkout, is_passing)
        };
        assert_eq!(found(), (Checkout::File(file.clone()), false));
        // A directory of that name is not yet a repository.
        std::fs::create_dir(&git).unwrap();
        write("HEAD", "ref: refs/heads/main\n");
        assert_eq!(found(), (Checkout::File(file.clone()), false));
        for name in ["objects", "refs", "rebase-merge"] {
            std::fs::create_dir(git.join(name)).unwrap();
        }
        let branch = |branch: &str| Checkout::Branch { tree: tree.clone(), branch: branch.to_owned() };
        assert_eq!(found(), (branch("main"), false));
        write("HEAD", &format!("{id}\n"));
        let commit = Checkout::Commit { tree: tree.clone(), commit: id };
        assert_eq!(found(), (commit.clone(), false));
        write("rebase-merge/head-name", "refs/heads/topic\n");
        assert_eq!(found(), (branch("topic"), true));
        write("rebase-merge/head-name", "detached HEAD\n");
        assert_eq!(found(), (commit, true));
    }

    #[test]
    fn a_file_behind_a_symbolic_link_has_both_paths_and_lies_in_the_work_tree_of_its_target() {
        let root = tempfile::tempdir().unwrap();
        let root = std::fs::canonicalize(root.path()).unwrap();
        for name in ["repository/.git/objects", "repository/.git/refs", "elsewhere"] {
            std::fs::create_dir_all(root.join(name)).unwrap();
        }
        std::fs::write(root.join("repository/.git/HEAD"), "ref: refs/heads/main\n").unwrap();
        for (link, target) in [("elsewhere/v.age", "repository/v.age"), ("repository/w.age", "elsewhere/w.age")] {
            std::fs::write(root.join(target), "").unwrap();
            std::os::unix::fs::symlink(root.join(target), root.join(link)).unwrap();
            let both = BTreeSet::from([text(&root.join(link)), text(&root.join(target))]);
            assert_eq!(locations(&root.join(link)), both);
            assert_eq!(place(&root.join(link)).locations, both);
        }
        let tree = Some(text(&root.join("repository")));
        assert_eq!(place(&root.join("elsewhere/v.age")).checkout.tree().map(str::to_owned), tree);
        assert_eq!(place(&root.join("repository/w.age")).checkout, Checkout::File(text(&root.join("elsewhere/w.age"))));
    }
}
