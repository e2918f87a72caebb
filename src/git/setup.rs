//! Whether git will let etui merge a vault. That takes an attribute, which is committed, and a merge driver,
//! which each clone configures for itself.

use std::ffi::OsStr;
use std::path::Path;

use memchr::memmem;

use super::command::run;
use super::layout::Layout;
use super::read::settings;

/// Whether the file's attributes name etui but this clone has no such driver. Git would merge it line by
/// line.
///
/// Every change of a vault asks this, so git is started only if its files suggest a yes.
pub fn lacks_driver(file: &Path) -> bool {
    let Some(Layout { top, common, .. }) = Layout::of(file) else { return false };

    let contains = |path: &Path, words: &str| {
        let text = settings(path).unwrap_or_default();
        memmem::find(&text, words.as_bytes()).is_some()
    };
    let directories = file.ancestors().skip(1).take_while(|directory| directory.starts_with(&top));
    let committed = directories.map(|directory| directory.join(".gitattributes"));
    let mut attributes = committed.chain([common.join("info/attributes")]);

    attributes.any(|path| contains(&path, "merge=etui"))
        && !contains(&common.join("config"), "[merge \"etui\"]")
        && driver(&top).is_none()
        && is_named(file)
}

/// The command that git runs in this repository to merge vaults.
pub fn driver(directory: &Path) -> Option<String> {
    let output = run(directory, ["config", "merge.etui.driver"]).ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
}

/// Whether the file's attributes say `merge=etui`.
pub fn is_named(file: &Path) -> bool {
    let (Some(directory), Some(name)) = (file.parent(), file.file_name()) else { return false };
    let check = [OsStr::new("check-attr"), "merge".as_ref(), "--".as_ref(), name];
    run(directory, check).is_ok_and(|output| output.stdout.ends_with(b": merge: etui\n"))
}
