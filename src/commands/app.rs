//! What every verb works with: the terminal, and the session behind it.

use std::rc::Rc;

use crate::session::{Session, Settings};
use crate::ui::Ui;

/// The program, as a verb sees it.
pub struct App {
    pub ui: Ui,
    pub session: Session,
}

impl App {
    pub fn new(settings: Settings, ui: Ui) -> App {
        App { session: Session::new(settings, Rc::new(ui.clone())), ui }
    }
}
