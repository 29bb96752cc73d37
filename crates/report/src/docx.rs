//! The report as a DOCX file, set as an official paper is: A4, title in 宋体 22 pt, headings in 黑体 and text in 仿宋 16 pt, 28 pt from
//! line to line.

use std::io::Cursor;

use docx_rs::{
    AlignmentType, Docx, Hyperlink, HyperlinkType, LineSpacing, LineSpacingType, PageMargin, Paragraph,
    Run as DocxRun, RunFonts, SpecialIndentType, Table, TableCell, TableRow,
};

use crate::{
    document::{Block, Document, Run},
    facts::{Group, Number, Source},
    template::ReportError,
};

// Sizes are in half points, lengths in twentieths of a point.
const TITLE: usize = 44;
const TEXT: usize = 32;
const SMALL: usize = 21;
const LINE: i32 = 560;
const PAGE: (u32, u32) = (11_906, 16_838);
const INDENT: i32 = 640;
/// Widths of the columns of the last table.
const SOURCES: [usize; 3] = [4_000, 1_300, 3_500];
/// Letters of an anchor that word processors take.
const ANCHOR_MAX: usize = 40;

/// Writes a document as DOCX.
pub fn docx(document: &Document) -> Result<Vec<u8>, ReportError> {
    let margins = PageMargin::new().top(2_098).bottom(1_984).left(1_588).right(1_474);
    let mut docx = Docx::new()
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margins)
        .default_fonts(fonts("仿宋"))
        .default_size(TEXT)
        .add_paragraph(
            centred()
                .add_run(DocxRun::new().add_text(&document.title).size(TITLE).bold().fonts(fonts("宋体"))),
        )
        .add_paragraph(centred().add_run(text(&document.unit)))
        .add_paragraph(centred().add_run(text(&document.made)));
    for block in &document.blocks {
        docx = match block {
            Block::Heading(heading_text) => docx.add_paragraph(heading(heading_text)),
            Block::Paragraph { lead, runs } => docx.add_paragraph(paragraph(lead.as_deref(), runs)),
            Block::Table { caption, head, rows } => docx
                .add_paragraph(centred().add_run(text(caption).bold()))
                .add_table(table(head, rows))
                .add_paragraph(Paragraph::new()),
            Block::List { heading: of, groups } => groups
                .iter()
                .fold(docx.add_paragraph(heading(of)), |docx, group| docx.add_paragraph(names(group))),
        };
    }
    docx = docx.add_paragraph(heading("附：数据来源")).add_table(sources(&document.numbers));
    let mut file = Cursor::new(Vec::new());
    docx.build().pack(&mut file).map_err(|error| ReportError::Pack(error.to_string()))?;
    Ok(file.into_inner())
}

fn fonts(name: &str) -> RunFonts {
    RunFonts::new().east_asia(name).ascii("Times New Roman").hi_ansi("Times New Roman")
}

fn text(text: &str) -> DocxRun {
    DocxRun::new().add_text(text)
}

fn spaced() -> Paragraph {
    Paragraph::new().line_spacing(LineSpacing::new().line_rule(LineSpacingType::Exact).line(LINE))
}

fn centred() -> Paragraph {
    spaced().align(AlignmentType::Center)
}

fn indented() -> Paragraph {
    spaced().align(AlignmentType::Both).indent(None, Some(SpecialIndentType::FirstLine(INDENT)), None, None)
}

fn heading(heading: &str) -> Paragraph {
    indented().add_run(text(heading).fonts(fonts("黑体")))
}

fn paragraph(lead: Option<&str>, runs: &[Run]) -> Paragraph {
    let mut paragraph = indented();
    if let Some(lead) = lead {
        paragraph = paragraph.add_run(text(lead).fonts(fonts("楷体")).bold());
    }
    for run in runs {
        paragraph = match run {
            Run::Text(said) => paragraph.add_run(text(said)),
            Run::Number { shown, id } => paragraph
                .add_hyperlink(Hyperlink::new(anchor(id), HyperlinkType::Anchor).add_run(text(shown))),
        };
    }
    paragraph
}

fn names(group: &Group) -> Paragraph {
    let lead = format!("{}（{}个）：", group.name, group.units.len());
    indented().add_run(text(&lead).bold()).add_run(text(&format!("{}。", group.units.join("、"))))
}

fn cell(content: Paragraph) -> TableCell {
    TableCell::new().add_paragraph(content)
}

fn small(said: &str) -> Paragraph {
    Paragraph::new().add_run(text(said).size(SMALL))
}

fn table(head: &[String], rows: &[Vec<String>]) -> Table {
    let head_row =
        head.iter().map(|said| cell(Paragraph::new().add_run(text(said).size(SMALL).bold()))).collect();
    let row = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, said)| {
            let align = if column == 0 { AlignmentType::Left } else { AlignmentType::Right };
            cell(small(said).align(align))
        });
        TableRow::new(cells.collect())
    };
    let rows = std::iter::once(TableRow::new(head_row)).chain(rows.iter().map(row));
    Table::new(rows.collect())
}

/// Where every number comes from; each row is what the number of the text leads to.
fn sources(numbers: &[(String, Number)]) -> Table {
    let head =
        ["指标", "数值", "出处"].map(|said| cell(Paragraph::new().add_run(text(said).size(SMALL).bold())));
    let row = |(place, (id, number)): (usize, &(String, Number))| {
        let named = Paragraph::new()
            .add_bookmark_start(place + 1, anchor(id))
            .add_run(text(&format!("{}（{id}）", number.zh)).size(SMALL))
            .add_bookmark_end(place + 1);
        let source = match &number.source {
            Source::Query { file, .. } => format!("protocol/report/{file}"),
            Source::Command(command) => command.clone(),
        };
        let value = format!("{}{}", number.value, number.of);
        TableRow::new(vec![
            cell(named),
            cell(small(&value).align(AlignmentType::Right)),
            cell(small(&source)),
        ])
    };
    let rows = std::iter::once(TableRow::new(head.to_vec())).chain(numbers.iter().enumerate().map(row));
    Table::new(rows.collect()).set_grid(SOURCES.to_vec())
}

/// A bookmark's name: letters, digits and `_`.
fn anchor(id: &str) -> String {
    let of = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    std::iter::once('n').chain(id.chars().map(of)).take(ANCHOR_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let number = Number {
            value: 94,
            zh: "达标社区".to_owned(),
            en: "communities that meet".to_owned(),
            of: "个".to_owned(),
            source: Source::Command("linli evaluate --json".to_owned()),
        };
        Document {
            title: "情况汇报".to_owned(),
            unit: "镇江市 & <市>".to_owned(),
            made: "2026-12-01".to_owned(),
            blocks: vec![Block::Paragraph {
                lead: Some("（一）".to_owned()),
                runs: vec![
                    Run::Text("达标".to_owned()),
                    Run::Number { shown: "94".to_owned(), id: "communities.met".to_owned() },
                ],
            }],
            numbers: vec![("communities.met".to_owned(), number)],
        }
    }

    #[test]
    fn a_document_is_packed_and_the_same_one_gives_the_same_bytes() {
        let packed = docx(&document()).expect("it packs");
        assert_eq!(&packed[..2], b"PK");
        assert_eq!(packed, docx(&document()).expect("it packs"));
    }

    #[test]
    fn an_anchor_is_a_name_that_word_processors_take() {
        assert_eq!(anchor("communities.fails_H1"), "ncommunities_fails_H1");
        assert!(anchor(&"x".repeat(100)).len() <= ANCHOR_MAX);
    }
}
