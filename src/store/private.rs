//! What only its owner may see: directories made private, and contents read into memory that is wiped.

use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, fchown};
use std::path::Path;

use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::attributes::ids_below;
use super::paths::{check_links, parent};

/// Makes a directory and its missing parents, for their owner alone (0700).
pub fn create_private(directory: &Path) -> io::Result<()> {
    check_links(directory)?;
    create(directory)
}

fn create(directory: &Path) -> io::Result<()> {
    let above = parent(directory);
    let make = || DirBuilder::new().mode(0o700).create(directory);
    let made = make().or_else(|error| match error.kind() {
        io::ErrorKind::NotFound if above != directory => create(above).and_then(|()| make()),
        _ => Err(error),
    });
    match made {
        Ok(()) => give(directory),
        Err(_) if directory.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
}

/// Gives a directory that root has just made to the user in whose directory it is.
fn give(directory: &Path) -> io::Result<()> {
    let Some((owner, group)) = ids_below(parent(directory)) else { return Ok(()) };
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW;
    let made = OpenOptions::new().read(true).custom_flags(flags.bits() as i32).open(directory)?;
    // Where the system does not allow it, root has a directory of its own.
    let _ = fchown(made, Some(owner), Some(group));
    Ok(())
}

/// Reads everything from a source into memory that is wiped.
///
/// # Errors
/// `FileTooLarge` if there are more than `limit` bytes.
pub fn read_private(mut source: impl io::Read, limit: usize) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::new());
    // Grown by hand: a vector that grows by itself frees its old memory without wiping it.
    loop {
        let capacity = (bytes.len() * 2).max(4096);
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(&bytes);

        let free = larger.capacity() - larger.len();
        let read = source.by_ref().take(free as u64).read_to_end(&mut larger)?;
        bytes = larger;

        if bytes.len() > limit {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("more than {limit} bytes")));
        }
        if read < free {
            return Ok(bytes);
        }
    }
}
