//! The document that a template and facts give, before it has a form.

use crate::{
    facts::{Facts, Group, Number},
    template::{Paragraph, Piece, ReportError, Sentence, TableOf, Template, pieces},
};

/// What is shown where a share has nothing to be a share of.
const NO_SHARE: &str = "—";

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Run {
    Text(String),
    /// What is shown, and the id of the number that it leads to.
    Number {
        shown: String,
        id: String,
    },
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Heading(String),
    /// `lead` stands in front of the text and stands out.
    Paragraph {
        lead: Option<String>,
        runs: Vec<Run>,
    },
    Table {
        caption: String,
        head: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    List {
        heading: String,
        groups: Vec<Group>,
    },
}

/// A report without its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub title: String,
    /// Who reports.
    pub unit: String,
    /// The day on which it was made.
    pub made: String,
    pub blocks: Vec<Block>,
    /// The numbers that it shows, with their ids, in the order in which they come.
    pub numbers: Vec<(String, Number)>,
}

/// Puts facts into a template.
pub fn compose(template: &Template, facts: &Facts) -> Result<Document, ReportError> {
    let mut composing = Composing { facts, numbers: Vec::new() };
    let plain = |runs: Vec<Run>| -> String {
        runs.into_iter()
            .map(|run| match run {
                Run::Text(text) | Run::Number { shown: text, .. } => text,
            })
            .collect()
    };
    let title = plain(composing.runs(&template.title)?);
    let mut blocks = vec![Block::Paragraph { lead: None, runs: composing.runs(&template.opening)? }];
    for section in &template.sections {
        blocks.extend(section.heading.clone().map(Block::Heading));
        for paragraph in &section.paragraphs {
            blocks.extend(composing.paragraph(paragraph)?);
        }
        for table in &section.tables {
            blocks.extend(composing.table(table)?);
        }
        for list in &section.lists {
            let groups = facts.lists.get(&list.units).ok_or_else(|| unknown(&list.units))?;
            if !groups.is_empty() {
                blocks.push(Block::List { heading: list.heading.clone(), groups: groups.clone() });
            }
        }
    }
    let text = |name: &str| facts.texts.get(name).cloned().ok_or_else(|| unknown(name));
    Ok(Document { title, unit: text("unit")?, made: text("made")?, blocks, numbers: composing.numbers })
}

fn unknown(name: &str) -> ReportError {
    ReportError::Unknown { name: name.to_owned() }
}

struct Composing<'f> {
    facts: &'f Facts,
    numbers: Vec<(String, Number)>,
}

impl Composing<'_> {
    fn number(&self, id: &str) -> Result<i64, ReportError> {
        self.facts.numbers.get(id).map(|number| number.value).ok_or_else(|| unknown(id))
    }

    /// Notes that a number is shown.
    fn shown(&mut self, id: &str) -> Result<i64, ReportError> {
        let number = self.facts.numbers.get(id).ok_or_else(|| unknown(id))?;
        if !self.numbers.iter().any(|(known, _)| known == id) {
            self.numbers.push((id.to_owned(), number.clone()));
        }
        Ok(number.value)
    }

    fn runs(&mut self, text: &str) -> Result<Vec<Run>, ReportError> {
        let mut runs = Vec::new();
        for piece in pieces(text)? {
            runs.push(match piece {
                Piece::Text(text) => Run::Text(text.to_owned()),
                Piece::Named(name) => match self.facts.texts.get(name) {
                    Some(text) => Run::Text(text.clone()),
                    None => Run::Number { shown: self.shown(name)?.to_string(), id: name.to_owned() },
                },
                Piece::Share(part, whole) => {
                    let (part_value, whole_value) = (self.shown(part)?, self.shown(whole)?);
                    Run::Number { shown: share(part_value, whole_value), id: part.to_owned() }
                }
            });
        }
        Ok(runs)
    }

    fn holds(&self, sentence: &Sentence) -> Result<bool, ReportError> {
        let when = sentence.when.as_deref().map_or(Ok(true), |id| self.number(id).map(|value| value > 0))?;
        let unless =
            sentence.unless.as_deref().map_or(Ok(true), |id| self.number(id).map(|value| value == 0))?;
        Ok(when && unless)
    }

    fn paragraph(&mut self, paragraph: &Paragraph) -> Result<Option<Block>, ReportError> {
        let mut runs = Vec::new();
        for sentence in &paragraph.sentences {
            // A sentence that is left out has to name what there is all the same.
            let said = Composing { facts: self.facts, numbers: Vec::new() }.runs(&sentence.text)?;
            if self.holds(sentence)? {
                self.runs(&sentence.text)?;
                runs.extend(said);
            }
        }
        Ok((!runs.is_empty()).then(|| Block::Paragraph { lead: paragraph.heading.clone(), runs }))
    }

    /// A row a district and one for all of them; nothing where there is at most one district.
    fn table(&mut self, table: &TableOf) -> Result<Option<Block>, ReportError> {
        let mut sum = vec!["合计".to_owned()];
        for column in &table.columns {
            sum.push(self.number(&column.figure)?.to_string());
        }
        if self.facts.rows.len() < 2 {
            return Ok(None);
        }
        for column in &table.columns {
            self.shown(&column.figure)?;
        }
        let cell = |row: &crate::facts::Row, figure: &str| {
            row.numbers.get(figure).copied().unwrap_or_default().to_string()
        };
        let of_row = |row: &crate::facts::Row| {
            std::iter::once(row.name.clone())
                .chain(table.columns.iter().map(|c| cell(row, &c.figure)))
                .collect()
        };
        let rows = self.facts.rows.iter().map(of_row).chain([sum]).collect();
        let head =
            std::iter::once("辖区".to_owned()).chain(table.columns.iter().map(|column| column.zh.clone()));
        Ok(Some(Block::Table { caption: table.caption.clone(), head: head.collect(), rows }))
    }
}

/// A share in per cent, cut after two decimals as everywhere, so that 79.999% is never shown as 80%.
fn share(part: i64, whole: i64) -> String {
    if whole <= 0 || part < 0 {
        return NO_SHARE.to_owned();
    }
    let hundredths = i128::from(part) * 10_000 / i128::from(whole);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Row, Source};

    fn facts(numbers: &[(&str, i64)]) -> Facts {
        let number = |value| Number {
            value,
            zh: "数".to_owned(),
            en: "number".to_owned(),
            of: "个".to_owned(),
            source: Source::Command("linli evaluate".to_owned()),
        };
        Facts {
            texts: [("unit", "镇江市"), ("made", "2026-12-01"), ("year", "2026")]
                .map(|(name, text)| (name.to_owned(), text.to_owned()))
                .into(),
            numbers: numbers.iter().map(|(id, value)| ((*id).to_owned(), number(*value))).collect(),
            rows: Vec::new(),
            lists: [("met".to_owned(), Vec::new())].into(),
        }
    }

    fn composed(text: &str, facts: &Facts) -> Result<Document, ReportError> {
        compose(&Template::load(text).expect("the template reads"), facts)
    }

    const HEAD: &str = "title = \"{year}年\"\nopening = \"{unit}\"\n";

    #[test]
    fn shares_are_cut_and_never_rounded_up() {
        for (part, whole, shown) in [
            (89, 178, "50.00%"),
            (79_999, 100_000, "79.99%"),
            (4, 5, "80.00%"),
            (0, 3, "0.00%"),
            (3, 3, "100.00%"),
            (0, 0, "—"),
        ] {
            assert_eq!(share(part, whole), shown, "{part}/{whole}");
        }
    }

    #[test]
    fn a_sentence_stays_or_goes_by_its_number_and_only_shown_numbers_are_listed() {
        let text = format!(
            "{HEAD}[[section]]\nheading = \"一\"\n[[section.paragraph]]\nsentences = [\
             {{ text = \"有{{a}}个，占{{a/b}}。\", when = \"a\" }}, {{ text = \"无{{c}}。\", unless = \"a\" }}]"
        );
        let with = composed(&text, &facts(&[("a", 1), ("b", 4), ("c", 0)])).expect("it composes");
        let Block::Paragraph { runs, .. } = &with.blocks[2] else { panic!("a paragraph") };
        let shown: Vec<&str> = runs
            .iter()
            .map(|run| match run {
                Run::Text(text) | Run::Number { shown: text, .. } => text.as_str(),
            })
            .collect();
        assert_eq!(shown.concat(), "有1个，占25.00%。");
        assert_eq!(with.numbers.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let without = composed(&text, &facts(&[("a", 0), ("b", 4), ("c", 0)])).expect("it composes");
        assert_eq!(without.numbers.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["c"]);
    }

    #[test]
    fn a_number_that_there_is_not_is_named_even_where_its_sentence_is_left_out() {
        let text = format!(
            "{HEAD}[[section]]\n[[section.paragraph]]\nsentences = [{{ text = \"{{ghost}}\", when = \"a\" }}]"
        );
        let found = composed(&text, &facts(&[("a", 0)]));
        assert_eq!(found, Err(ReportError::Unknown { name: "ghost".to_owned() }));
    }

    #[test]
    fn a_table_has_a_row_a_district_and_their_sum() {
        let text = format!(
            "{HEAD}[[section]]\n[[section.table]]\ncaption = \"进度\"\ncolumns = [{{ zh = \"达标\", figure = \"met\" }}]"
        );
        let mut given = facts(&[("met", 5)]);
        let row = |name: &str, met| Row { name: name.to_owned(), numbers: [("met".to_owned(), met)].into() };
        given.rows = vec![row("京口区", 2), row("润州区", 3)];
        let made = composed(&text, &given).expect("it composes");
        let Block::Table { head, rows, .. } = &made.blocks[1] else { panic!("a table") };
        assert_eq!(head, &["辖区", "达标"]);
        assert_eq!(rows, &[vec!["京口区", "2"], vec!["润州区", "3"], vec!["合计", "5"]]);
    }
}
