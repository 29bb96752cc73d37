//! The report as one HTML file, without anything from outside.

use std::fmt::Write as _;

use crate::{
    document::{Block, Document, Run},
    facts::{Group, Number, Source},
};

const STYLE: &str = include_str!("report.css");

/// Writes a document as HTML. Numbers link to their rows in the last table.
pub fn html(document: &Document) -> String {
    let mut out = String::new();
    let title = escaped(&document.title);
    // Writing to a text cannot fail.
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"zh-CN\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n<main>\n<h1>{title}</h1>\n\
         <p class=\"made\">{}<br>{}</p>\n",
        escaped(&document.unit),
        escaped(&document.made)
    );
    for block in &document.blocks {
        match block {
            Block::Heading(text) => {
                let _ = writeln!(out, "<h2>{}</h2>", escaped(text));
            }
            Block::Paragraph { lead, runs } => paragraph(&mut out, lead.as_deref(), runs),
            Block::Table { caption, head, rows } => table(&mut out, caption, head, rows),
            Block::List { heading, groups } => list(&mut out, heading, groups),
        }
    }
    sources(&mut out, &document.numbers);
    out.push_str("</main>\n</html>\n");
    out
}

fn paragraph(out: &mut String, lead: Option<&str>, runs: &[Run]) {
    out.push_str("<p>");
    if let Some(lead) = lead {
        let _ = write!(out, "<strong>{}</strong>", escaped(lead));
    }
    for run in runs {
        let _ = match run {
            Run::Text(text) => write!(out, "{}", escaped(text)),
            Run::Number { shown, id } => {
                write!(out, "<a href=\"#{}\">{}</a>", escaped(id), escaped(shown))
            }
        };
    }
    out.push_str("</p>\n");
}

fn table(out: &mut String, caption: &str, head: &[String], rows: &[Vec<String>]) {
    let _ = write!(out, "<table>\n<caption>{}</caption>\n<thead><tr>", escaped(caption));
    for cell in head {
        let _ = write!(out, "<th>{}</th>", escaped(cell));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in rows {
        out.push_str("<tr>");
        for (column, cell) in row.iter().enumerate() {
            let tag = if column == 0 { "th" } else { "td" };
            let _ = write!(out, "<{tag}>{}</{tag}>", escaped(cell));
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n");
}

fn list(out: &mut String, heading: &str, groups: &[Group]) {
    let _ = writeln!(out, "<h2>{}</h2>", escaped(heading));
    for Group { name, units } in groups {
        let units: Vec<String> = units.iter().map(|unit| escaped(unit)).collect();
        let _ = writeln!(
            out,
            "<p><strong>{}（{}个）：</strong>{}。</p>",
            escaped(name),
            units.len(),
            units.join("、")
        );
    }
}

/// Where every number comes from.
fn sources(out: &mut String, numbers: &[(String, Number)]) {
    out.push_str(
        "<h2>附：数据来源</h2>\n<table class=\"sources\">\n<thead><tr><th>指标</th><th>数值</th><th>出处</th></tr></thead>\n<tbody>\n",
    );
    for (id, number) in numbers {
        let id = escaped(id);
        let _ = write!(
            out,
            "<tr id=\"{id}\"><th>{}<br><code>{id}</code></th><td>{}{}</td>",
            escaped(&number.zh),
            number.value,
            escaped(&number.of)
        );
        let _ = match &number.source {
            Source::Query { file, .. } => {
                writeln!(out, "<td><a href=\"#{0}\">{0}</a></td></tr>", escaped(file))
            }
            Source::Command(command) => writeln!(out, "<td><code>{}</code></td></tr>", escaped(command)),
        };
    }
    out.push_str("</tbody>\n</table>\n");
    let mut shown: Vec<&str> = Vec::new();
    for (_, number) in numbers {
        if let Source::Query { file, sql } = &number.source
            && !shown.contains(&file.as_str())
        {
            shown.push(file);
            let _ = writeln!(
                out,
                "<details id=\"{0}\"><summary>{0}</summary>\n<pre>{1}</pre>\n</details>",
                escaped(file),
                escaped(sql)
            );
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_say_is_text_and_never_markup() {
        let number = Number {
            value: 2,
            zh: "<b>".to_owned(),
            en: String::new(),
            of: "个".to_owned(),
            source: Source::Query {
                file: "sql/a.sql".to_owned(),
                sql: "SELECT 1 AS a WHERE 1 < 2".to_owned(),
            },
        };
        let document = Document {
            title: "a & b".to_owned(),
            unit: "<script>alert(1)</script>".to_owned(),
            made: "2026-12-01".to_owned(),
            blocks: vec![
                Block::Paragraph {
                    lead: None,
                    runs: vec![Run::Number { shown: "2".to_owned(), id: "a\"b".to_owned() }],
                },
                Block::List {
                    heading: "名单".to_owned(),
                    groups: vec![Group { name: "京口区".to_owned(), units: vec!["<i>社区".to_owned()] }],
                },
            ],
            numbers: vec![("a\"b".to_owned(), number)],
        };
        let page = html(&document);
        for markup in ["<script>alert", "<i>社区", "<b><br>", "\"a\"b\"", "1 < 2"] {
            assert!(!page.contains(markup), "{markup}");
        }
        assert!(page.contains("<a href=\"#a&quot;b\">2</a>") && page.contains("<tr id=\"a&quot;b\">"));
        assert!(page.contains("1 &lt; 2") && page.contains("&lt;script&gt;alert(1)"));
    }
}
