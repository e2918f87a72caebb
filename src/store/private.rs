//! What only its owner may see: directories made private, and contents read into memory that is wiped.

use std::fs::DirBuilder;
use std::io::{self, Read as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::paths::check_links;

/// Makes a directory and its missing parents, for their owner alone (0700).
pub fn create_private(directory: &Path) -> io::Result<()> {
    check_links(directory)?;
    DirBuilder::new().recursive(true).mode(0o700).create(directory)
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
