//! What happens on the road, in the order in which it is taken.

use super::{Appeal, Case, Declaration, Paper};
use crate::date::Date;

#[derive(Debug, Clone, Copy)]
pub(super) enum Event<'a> {
    Declare(&'a Declaration),
    Withdraw(&'a Declaration),
    Appeal(&'a Appeal),
    Paper(&'a Paper),
}

impl<'a> Event<'a> {
    pub(super) fn day(&self) -> Date {
        match self {
            Self::Declare(declaration) => declaration.day,
            Self::Withdraw(declaration) => declaration.withdrawn.unwrap_or(declaration.day),
            Self::Appeal(appeal) => appeal.day,
            Self::Paper(paper) => paper.day,
        }
    }

    pub(super) fn id(&self) -> &'a str {
        match self {
            Self::Declare(declaration) | Self::Withdraw(declaration) => &declaration.id,
            Self::Appeal(appeal) => &appeal.id,
            Self::Paper(paper) => &paper.id,
        }
    }

    /// The order within a day: as on the road, and of two alike the document with the smaller id.
    fn place(&self) -> (Date, u8, u8, &'a str) {
        let (rank, step) = match self {
            Self::Declare(_) => (0, 0),
            Self::Paper(paper) => (1, paper.step as u8),
            Self::Appeal(_) => (2, 0),
            Self::Withdraw(_) => (3, 0),
        };
        (self.day(), rank, step, self.id())
    }
}

/// Everything of a case up to a day, whatever order it came in.
pub(super) fn events(case: &Case, today: Date) -> Vec<Event<'_>> {
    let withdrawn = case.declarations.iter().filter(|declaration| declaration.withdrawn.is_some());
    let mut events: Vec<Event<'_>> = case
        .declarations
        .iter()
        .map(Event::Declare)
        .chain(withdrawn.map(Event::Withdraw))
        .chain(case.appeals.iter().map(Event::Appeal))
        .chain(case.papers.iter().map(Event::Paper))
        .filter(|event| event.day() <= today)
        .collect();
    events.sort_by(|a, b| a.place().cmp(&b.place()));
    events
}
