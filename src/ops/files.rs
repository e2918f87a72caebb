//! The `file:` entries of an environment, as files in a directory that the user names.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::output::{OutputFile, Prepared};
use crate::report::{Command, Error, Kind, Message, and};
use crate::session::Session;
use crate::session::environment::Assigned;
use crate::store::{create_private, io_report};
use crate::vault::{SecretName, Value, VariableContent};

/// The files of an environment.
pub struct EntryFiles<'v> {
    directory: PathBuf,
    files: Vec<(OutputFile, &'v Value)>,
}

/// Files that stand beside their places. They vanish unless they are put there.
pub struct PreparedFiles<'o> {
    files: Vec<Prepared<'o>>,
    made: MadeDirectories,
}

impl<'v> EntryFiles<'v> {
    /// Decides where in a directory the files of an environment are to be, and gives the variables their absolute paths.
    /// `force` accepts files that git would commit.
    ///
    /// # Errors
    /// Those of [`OutputFile::new`], and if a path is not text.
    pub fn place(
        session: &Session,
        typed: &Path,
        variables: &mut [Assigned<'v>],
        force: bool,
    ) -> Result<EntryFiles<'v>, Error> {
        let directory = session.settings.directory.join(typed);
        let directory = std::path::absolute(&directory).map_err(|error| io_report("write", &directory, &error))?;
        let is_here = directory == session.settings.directory;

        let mut files = Vec::new();
        let names = file_names(variables.iter().filter(|variable| variable.is_file()).map(|variable| variable.name));
        let mut names = names.into_iter();
        for variable in variables {
            let VariableContent::File(value) = variable.given else { continue };
            let name = names.next().expect("there is a name for each file");
            let file = typed.join(&name);
            let ignored = if is_here { &file } else { typed };
            files.push((OutputFile::ignored_by(session, &file, force, ignored)?, value));
            variable.given = VariableContent::Value(Cow::Owned(path_value(&directory.join(name))?));
            variable.is_secret = false;
        }
        Ok(EntryFiles { directory, files })
    }

    /// Writes all of them beside their places, in a private directory if there is none.
    pub fn prepare(&self) -> Result<PreparedFiles<'_>, Error> {
        let mut prepared = PreparedFiles { files: Vec::new(), made: MadeDirectories(Vec::new()) };
        if self.files.is_empty() {
            return Ok(prepared);
        }
        let missing = self.directory.ancestors().take_while(|directory| !directory.exists());
        prepared.made = MadeDirectories(missing.map(Path::to_owned).collect());
        create_private(&self.directory).map_err(|error| io_report("create", &self.directory, &error))?;
        for (file, value) in &self.files {
            prepared.files.push(file.prepare(value.expose())?);
        }
        Ok(prepared)
    }
}

impl PreparedFiles<'_> {
    pub fn put(mut self) -> Result<(), Error> {
        self.files.drain(..).try_for_each(Prepared::put)
    }
}

/// Directories that did not exist before, the innermost first. Those that stay empty are removed.
struct MadeDirectories(Vec<PathBuf>);

impl Drop for MadeDirectories {
    fn drop(&mut self) {
        for directory in &self.0 {
            let _ = fs::remove_dir(directory);
        }
    }
}

/// Returns a name for the file of each variable, no two alike, also where case does not count. The names of a spec may
/// be anything, even `../x`, which must not become a path.
pub fn file_names<'n>(variables: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let mut taken = HashSet::new();
    let name = |(number, variable)| match SecretName::parse(variable) {
        Ok(name) if taken.insert(name.as_str().to_ascii_lowercase()) => name.to_string(),
        // No name of a secret begins so.
        _ => format!("_{number}"),
    };
    variables.into_iter().enumerate().map(name).collect()
}

fn path_value(path: &Path) -> Result<Value, Error> {
    let text = path.to_str().and_then(|path| Value::from_text(path.to_owned().into()).ok());
    text.ok_or_else(|| {
        let message = format!("the path {} is not UTF-8 text, so no variable can hold it", path.display());
        Error::new(Kind::Failed, "path_not_text", message)
    })
}

/// What is said of the variables that are files, in a text that cannot hold them.
pub fn left_out(names: &[&str]) -> Message {
    let them = if names.len() == 1 { "it" } else { "them" };
    format!("{}: `--files DIR` writes {them}", are_left_out(names)).into()
}

/// `A is left out, since it is a file`.
pub fn are_left_out(names: &[&str]) -> String {
    let are_left_out = match names {
        [_] => "is left out, since it is a file",
        _ => "are left out, since they are files",
    };
    format!("{} {are_left_out}", and(names))
}

/// `A is a file`.
pub fn are_files(names: &[&str]) -> String {
    format!("{} {}", and(names), if names.len() == 1 { "is a file" } else { "are files" })
}

/// The error for variables that are files, where the text must not lack any.
pub fn refused(names: &[&str]) -> Error {
    let them = if names.len() == 1 { "it" } else { "them" };
    let message = format!("{}, which the text cannot hold", are_files(names));
    Error::new(Kind::Failed, "needs_run", message)
        .hint(format!("`--files DIR` writes {them}"))
        .hint(format!("`--except {}` leaves {them} out", names.join(",")))
        .hint(Message::default().command(Command::new("run").arg("-- COMMAND")))
}

#[cfg(test)]
mod tests {
    use super::file_names;

    #[test]
    fn no_two_files_have_one_name() {
        for (variables, files) in [
            (&["A", "B_1"][..], &["A", "B_1"][..]),
            (&["../x", "_0", "/etc/x", ""], &["_0", "_1", "_2", "_3"]),
            // On macOS these are one file.
            (&["CERT", "cert", "Cert", "KEY"], &["CERT", "_1", "_2", "KEY"]),
        ] {
            assert_eq!(file_names(variables.iter().copied()), files);
        }
    }
}
