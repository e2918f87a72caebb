//! What every verb works with: the terminal, and the session behind it.

use std::rc::Rc;

use crate::old::context::Cx;
use crate::session::{Session, Settings};
use crate::ui::{Ui, UiSettings};

/// The program, as a verb sees it.
pub struct App {
    pub ui: Ui,
    pub session: Session,
    /// For verbs that have not moved to the session yet.
    pub old: Cx,
}

impl App {
    pub fn new(settings: Settings, ui: UiSettings, old: Cx) -> App {
        let ui = Ui::new(ui);
        App { session: Session::new(settings, Rc::new(ui.clone())), ui, old }
    }
}
