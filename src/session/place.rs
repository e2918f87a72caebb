//! Where a vault stands: its location as named and behind symbolic links, and its git checkout.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use super::locate::{VaultLocation, real};
use super::pins::{Reason, Untrusted};
use crate::git::{self, Head, WorkTree};
use crate::vault::{Checkout, Place};

impl VaultLocation {
    /// Returns where the vault stands.
    ///
    /// # Errors
    /// If git tracks a symbolic link on the way: whoever can push could lead the location to another file.
    pub fn place(&self) -> Result<Place, Untrusted> {
        let link = git::tracked_symlink(&self.named).map_err(|error| Reason::LinkUnknown { error: error.to_string() });
        let refused = |reason| Untrusted { path: self.named.clone(), reason, by: None };
        if let Some(link) = link.map_err(refused)? {
            return Err(refused(Reason::TrackedLink { link }));
        }
        Ok(place(&self.named))
    }
}

/// Returns where a file stands, or would stand.
pub fn place(named: &Path) -> Place {
    let behind = real(named);
    let locations = BTreeSet::from([text(&without_parents(named)), behind.clone()]);
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
fn without_parents(named: &Path) -> PathBuf {
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
}
