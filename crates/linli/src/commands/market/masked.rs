//! A page without what names somebody: names and numbers masked, card and certificate numbers left out.

use linli_workbook::{Cell, Page};

const LEFT_OUT: [&str; 2] = ["card_no", "certificate"];

pub fn page(page: &Page) -> Page {
    let kept: Vec<usize> =
        (0..page.columns.len()).filter(|at| !LEFT_OUT.contains(&page.columns[*at].name.as_str())).collect();
    let columns = kept.iter().map(|at| page.columns[*at].clone()).collect();
    let cell = |row: &[Cell], at: usize| match (page.columns[at].name.as_str(), &row[at]) {
        ("name", Cell::Text(name)) => Cell::Text(self::name(name)),
        ("id_no", Cell::Text(number)) => Cell::Text(id_number(number)),
        (_, cell) => cell.clone(),
    };
    let rows = page.rows.iter().map(|row| kept.iter().map(|at| cell(row, *at)).collect()).collect();
    Page { columns, rows }
}

/// 张*
fn name(name: &str) -> String {
    name.chars().next().map_or_else(String::new, |first| format!("{first}*"))
}

/// The first six and the last two characters of an ID number; nothing of anything shorter.
fn id_number(number: &str) -> String {
    let shown: Vec<char> = number.chars().collect();
    if shown.len() != 18 {
        return "*".to_owned();
    }
    let hidden = "*".repeat(10);
    let text = |part: &[char]| part.iter().collect::<String>();
    format!("{}{hidden}{}", text(&shown[..6]), text(&shown[16..]))
}

#[cfg(test)]
mod tests {
    use linli_eval::ledger::ledgers;

    use super::*;
    use crate::commands::ledger::page;

    #[test]
    fn nothing_that_names_somebody_is_left() {
        for (given, expected) in [("张三丰", "张*"), ("", "")] {
            assert_eq!(name(given), expected);
        }
        assert_eq!(id_number("11010519491231002X"), "110105**********2X");
        assert_eq!(id_number("1101"), "*");
        let ledger = ledgers().iter().find(|ledger| ledger.id == "L05").expect("there is the ledger");
        let row =
            ledger.columns.iter().map(|c| linli_eval::SqlValue::Text(format!("secret {}", c.name))).collect();
        let masked = super::page(&page::of_ledger(ledger, vec![row]));
        let shown = format!("{:?}", masked.rows);
        for hidden in ["secret card_no", "secret certificate", "secret name", "secret id_no"] {
            assert!(!shown.contains(hidden), "{hidden}");
        }
        assert!(shown.contains("secret wish"));
    }
}
