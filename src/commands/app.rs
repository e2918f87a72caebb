//! What every verb works with: the terminal, and the session behind it.

use std::sync::Arc;

use crate::report::{Error, Kind};
use crate::session::{Session, Settings};
use crate::ui::Ui;

/// The program, as a verb sees it.
pub struct App {
    pub ui: Ui,
    pub session: Session,
}

impl App {
    pub fn new(settings: Settings, ui: Ui) -> App {
        App { session: Session::new(settings, Arc::new(ui.clone())), ui }
    }

    /// Checks that standard input can hold what a verb reads.
    ///
    /// # Errors
    /// If it holds the key. Whichever is read first would leave nothing for the other.
    pub fn check_input(&self) -> Result<(), Error> {
        if !self.session.reads_key_from_input() {
            return Ok(());
        }
        let error = Error::new(Kind::Usage, "usage", "standard input cannot be both the key and the data");
        Err(error.hint("`-i FILE`").hint("`ETUI_KEY_COMMAND`, a command that prints the key"))
    }
}
