//! Whose a file is, and who may use it.
//!
//! A file that is replaced keeps its owner, its group and its mode. A file that root makes in a user's
//! directory belongs to that user, who could not use it otherwise. setuid bits and ACLs are not kept.

use std::error::Error;
use std::fmt::{self, Display};
use std::fs::{self, File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
use std::path::Path;

use super::paths::{is_planted, parent};

/// The owner, the group and the mode of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    pub owner: u32,
    pub group: u32,
    /// The permissions alone, without setuid, setgid and the sticky bit.
    pub mode: u32,
}

/// What a file that is about to be written gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// Its owner and its group, if they may be others than those that the system gives it.
    ids: Option<(u32, u32)>,
    mode: u32,
    /// Whether it replaces a file that these users can read.
    replaces: bool,
}

/// Who could read a file, and could not read the one that was to replace it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LockedOut {
    Owner(u32),
    Group(u32),
}

impl Attributes {
    pub(super) fn of(metadata: &Metadata) -> Attributes {
        Attributes { owner: metadata.uid(), group: metadata.gid(), mode: metadata.mode() & 0o777 }
    }

    /// Those of the regular file at a path.
    pub(super) fn at(path: &Path) -> Option<Attributes> {
        let metadata = fs::symlink_metadata(path).ok()?;
        metadata.is_file().then(|| Attributes::of(&metadata))
    }

    /// Who loses access to a file with these attributes if one of the same mode, but with this owner and
    /// group, takes its place. Root never does.
    fn locks_out(&self, owner: u32, group: u32) -> Option<LockedOut> {
        // Bits that the group has and others lack. Another group would gain them, too.
        let of_group = (self.mode >> 3) & !self.mode & 0o7;
        match self {
            _ if group != self.group && of_group != 0 => Some(LockedOut::Group(self.group)),
            _ if owner != self.owner && self.owner != 0 && self.mode & 0o044 == 0 => Some(LockedOut::Owner(self.owner)),
            _ => None,
        }
    }
}

impl Plan {
    /// For a file that takes the place of whatever is at the path. A new one gets this mode.
    pub(super) fn replacing(path: &Path, new: u32) -> Plan {
        match Attributes::at(path) {
            Some(Attributes { owner, group, mode }) => Plan { ids: Some((owner, group)), mode, replaces: true },
            // The mode of a symbolic link says nothing: it is that of its target.
            None => Plan::new(path, fs::metadata(path).map_or(new, |target| Attributes::of(&target).mode)),
        }
    }

    /// The same for a file that only its owner may read. What another user put into a directory like `/tmp`
    /// does not count: its replacement would be readable by that user.
    pub(super) fn replacing_privately(path: &Path) -> Plan {
        let planted = fs::symlink_metadata(path).is_ok_and(|metadata| is_planted(path, &metadata).unwrap_or(true));
        if planted { Plan::own(0o600) } else { Plan { mode: 0o600, ..Plan::replacing(path, 0o600) } }
    }

    /// For a new file: in a user's directory root makes it for that user.
    pub(super) fn new(path: &Path, mode: u32) -> Plan {
        Plan { ids: ids_below(parent(path)), mode, replaces: false }
    }

    /// For a new file that belongs to whoever writes it.
    pub(super) fn own(mode: u32) -> Plan {
        Plan { ids: None, mode, replaces: false }
    }

    /// For a file beside another one, which the same users must be able to use.
    pub(super) fn like(model: Attributes) -> Plan {
        Plan { ids: Some((model.owner, model.group)), mode: model.mode & 0o666, replaces: false }
    }

    /// Gives an open file, which is as private as possible until now, what it is to have. On the open file:
    /// its name could lead to another one by now.
    ///
    /// # Errors
    /// If the owner or the group cannot be given, and would lose access by that.
    pub(super) fn give(&self, file: &File) -> io::Result<()> {
        let made = Attributes::of(&file.metadata()?);
        let (owner, group) = self.ids.unwrap_or((made.owner, made.group));
        // The group first: a file that was given away is somebody else's. Whether this failed shows below, in
        // what the file has then.
        if group != made.group {
            let _ = fchown(file, None, Some(group));
        }
        if owner != made.owner {
            let _ = fchown(file, Some(owner), None);
        }

        let has = Attributes::of(&file.metadata()?);
        let mut mode = self.mode;
        if let Some(who) = (Attributes { owner, group, mode }).locks_out(has.owner, has.group) {
            if self.replaces {
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, who));
            }
            // Another group gets no more than everybody.
            mode &= 0o707 | (mode & 0o7) << 3;
        }
        if mode != has.mode {
            let set = file.set_permissions(Permissions::from_mode(mode));
            // Some file systems have one mode for all files, and refuse to change it.
            set.or_else(|error| if mode == 0o600 { Ok(()) } else { Err(error) })?;
        }
        Ok(())
    }
}

/// Whose a new file or directory in this directory is, if that is not whoever makes it.
pub(super) fn ids_below(directory: &Path) -> Option<(u32, u32)> {
    let metadata = fs::metadata(directory).ok()?;
    let ids = Attributes::of(&metadata);
    // In a directory like `/tmp` everybody has files of their own.
    let is_shared = metadata.mode() & 0o1002 == 0o1002;
    (user() == 0 && ids.owner != 0 && !is_shared).then_some((ids.owner, ids.group))
}

/// The user whose files are in a directory of one user: this process's, or the one for whom root works there,
/// whose home it is in.
pub(super) fn user_of(directory: &Path) -> u32 {
    match fs::metadata(parent(directory)) {
        Ok(above) if user() == 0 => above.uid(),
        _ => user(),
    }
}

/// The user of this process.
pub(super) fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

impl Display for LockedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockedOut::Owner(owner) => write!(f, "it belongs to user {owner}, who could not read it afterwards"),
            LockedOut::Group(group) => {
                write!(f, "you cannot give files to its group, {group}, which could not use it afterwards")
            }
        }
    }
}

impl Error for LockedOut {}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_replacement_locks_nobody_out() {
        const ALICE: u32 = 1000;
        const BOB: u32 = 1001;
        const DEV: u32 = 2000;
        const ROOT: u32 = 0;
        for (owner, group, mode, new_owner, new_group, who) in [
            // Whatever the mode, who keeps the file keeps the access.
            (ALICE, DEV, 0o600, ALICE, DEV, None),
            (ALICE, DEV, 0o640, ALICE, DEV, None),
            // Another owner in the group: the old one is in it, too.
            (ALICE, DEV, 0o640, BOB, DEV, None),
            (ALICE, DEV, 0o660, BOB, DEV, None),
            (ALICE, DEV, 0o644, BOB, DEV, None),
            (ALICE, DEV, 0o600, BOB, DEV, Some(LockedOut::Owner(ALICE))),
            (ALICE, DEV, 0o620, BOB, DEV, Some(LockedOut::Owner(ALICE))),
            // Another group: what others may do, it may do as well.
            (ALICE, DEV, 0o640, ALICE, ALICE, Some(LockedOut::Group(DEV))),
            (ALICE, DEV, 0o664, ALICE, ALICE, Some(LockedOut::Group(DEV))),
            (ALICE, DEV, 0o750, ALICE, ALICE, Some(LockedOut::Group(DEV))),
            (ALICE, DEV, 0o644, ALICE, ALICE, None),
            (ALICE, DEV, 0o666, BOB, BOB, None),
            (ALICE, DEV, 0o604, BOB, BOB, None),
            (ALICE, DEV, 0o600, ALICE, ALICE, None),
            (ALICE, DEV, 0o600, BOB, BOB, Some(LockedOut::Owner(ALICE))),
            // Root reads everything.
            (ROOT, ROOT, 0o600, ALICE, ALICE, None),
            (ROOT, DEV, 0o640, ALICE, ALICE, Some(LockedOut::Group(DEV))),
        ] {
            let old = Attributes { owner, group, mode };
            assert_eq!(old.locks_out(new_owner, new_group), who, "{old:?} {new_owner} {new_group}");
        }
    }

    #[test]
    fn a_replacement_keeps_permissions_and_drops_other_bits() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        fs::write(&path, "").unwrap();
        for (mode, kept) in [(0o640, 0o640), (0o4755, 0o755), (0o2664, 0o664), (0o1600, 0o600), (0o000, 0o000)] {
            fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            let Attributes { owner, group, .. } = Attributes::at(&path).unwrap();
            let plan = Plan { ids: Some((owner, group)), mode: kept, replaces: true };
            assert_eq!(Plan::replacing(&path, 0o644), plan, "{mode:o}");
            assert_eq!(Plan::replacing_privately(&path), Plan { mode: 0o600, ..plan });
        }
    }

    #[test]
    fn a_new_file_and_one_in_the_place_of_a_link_have_no_owner_to_keep() {
        let directory = tempfile::tempdir().unwrap();
        let (file, link) = (directory.path().join("file"), directory.path().join("link"));
        assert_eq!(Plan::replacing(&file, 0o644), Plan::new(&file, 0o644));
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        assert_eq!(Plan::replacing(&link, 0o644), Plan::new(&link, 0o640));
    }
}
