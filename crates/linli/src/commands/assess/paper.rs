//! The documents of the road: what stands on each paper.

use anyhow::Result;
use linli_eval::road::{Paper, Score};
use linli_model::{Edit, Value, kind};
use linli_store::DocumentEdits;
use linli_wire::DocId;

use super::score;

/// A unit's declaration, with its own score.
pub fn declaration(id: DocId, year: i64, day: &str, report: &str, own: &Score) -> DocumentEdits {
    let mut edits = of_year(year);
    edits.extend(score::texts(&[("day", day), ("report", report)]));
    edits.extend(score::edits(own));
    DocumentEdits { id, kind: &kind::DECLARATION, edits }
}

/// A step by a unit above.
pub fn step(year: i64, paper: &Paper, number: &str, note: &str) -> Result<DocumentEdits> {
    let until = paper.until.map(|until| until.to_string()).unwrap_or_default();
    let day = paper.day.to_string();
    let given = [
        ("step", paper.step.code()),
        ("result", paper.verdict.code()),
        ("day", &day),
        ("until", &until),
        ("about", &paper.about),
        ("number", number),
        ("note", note),
    ];
    let mut edits = of_year(year);
    edits.extend(score::texts(&given));
    edits.extend(score::edits(&paper.score));
    Ok(DocumentEdits { id: paper.id.parse()?, kind: &kind::STEP, edits })
}

/// What stands at the head of a published list.
#[derive(Debug, Clone, Copy)]
pub struct NoticeHead<'a> {
    pub start: &'a str,
    pub end: &'a str,
    pub newspaper: &'a str,
    pub newspaper_day: &'a str,
    pub title: &'a str,
}

/// A published list of units, each with the score that was inspected.
pub fn notice<'u>(
    id: DocId,
    year: i64,
    head: NoticeHead<'_>,
    units: impl Iterator<Item = (&'u str, &'u Score)>,
) -> DocumentEdits {
    let NoticeHead { start, end, newspaper, newspaper_day, title } = head;
    let mut edits = of_year(year);
    edits.extend(score::texts(&[
        ("start", start),
        ("end", end),
        ("newspaper", newspaper),
        ("newspaper_day", newspaper_day),
        ("title", title),
    ]));
    for (unit, score) in units {
        for (field, text) in [("scorecard", &score.scorecard), ("total", &score.total)] {
            edits.push(Edit::item("units", unit, field, Some(Value::from(text.as_str()))));
        }
    }
    DocumentEdits { id, kind: &kind::PUBLIC_NOTICE, edits }
}

fn of_year(year: i64) -> Vec<Edit> {
    vec![Edit::document("year", Some(Value::Int(year)))]
}
