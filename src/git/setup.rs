//! Whether git knows what to do with a vault: by attributes, which are committed, and by the clone's own configuration.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::branch::git_directory;
use super::command::run;
use super::tracked::read;

/// Whether a file's attributes name etui, and this clone does not know what that is: git then merges it as it would
/// any other. git itself is asked only where that seems so, since every change of a vault comes by here.
pub fn lacks_driver(file: &Path) -> bool {
    let Some((above, git)) =
        file.ancestors().skip(1).map(|above| (above, above.join(".git"))).find(|(_, git)| git.exists())
    else {
        return false;
    };
    let git = git_directory(git);
    let common = fs::read_to_string(git.join("commondir")).map_or(git.clone(), |path| git.join(path.trim_end()));
    let says =
        |path: PathBuf, words: &str| read(&path).is_some_and(|text| memmem::find(&text, words.as_bytes()).is_some());
    let below = file.ancestors().skip(1).take_while(|directory| directory.starts_with(above));
    let mut attributes =
        below.map(|directory| directory.join(".gitattributes")).chain([common.join("info/attributes")]);
    attributes.any(|path| says(path, "merge=etui"))
        && !says(common.join("config"), "[merge \"etui\"]")
        && driver(above).is_none()
        && is_named(file)
}

/// What git calls in this repository to merge vaults.
pub fn driver(directory: &Path) -> Option<String> {
    let output = run(directory, ["config", "merge.etui.driver"]).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Whether the file's attributes say that etui merges it.
pub fn is_named(file: &Path) -> bool {
    let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else { return false };
    let asked = run(directory, [OsStr::new("check-attr"), "merge".as_ref(), "--".as_ref(), name]);
    asked.is_ok_and(|output| output.stdout.ends_with(b": merge: etui\n"))
}
