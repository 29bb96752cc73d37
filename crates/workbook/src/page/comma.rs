//! A page as CSV, UTF-8 with a byte order mark, without which spreadsheets take it for another encoding.

use super::{Page, Tongue};

/// Every column, hidden ones too; headers in Chinese, or else the columns' names.
pub fn write(page: &Page, tongue: Tongue) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let headers =
        page.columns.iter().map(|column| tongue.pick(&column.zh, &column.name).to_owned()).collect();
    let rows = page.rows.iter().map(|row| row.iter().map(|cell| without_formula(cell.written())).collect());
    for row in std::iter::once::<Vec<String>>(headers).chain(rows) {
        writer.write_record(row).expect("writing to memory does not fail, and every row has every column");
    }
    writer.into_inner().expect("flushing to memory does not fail")
}

/// A text that a spreadsheet does not take for a formula.
fn without_formula(text: String) -> String {
    if text.starts_with(['=', '+', '@', '\t', '\r'])
        || (text.starts_with('-') && text.parse::<i64>().is_err())
    {
        format!("'{text}")
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_taken_for_a_formula() {
        for (given, expected) in
            [("=1+1", "'=1+1"), ("-5", "-5"), ("-a", "'-a"), ("@x", "'@x"), ("张三", "张三"), ("", "")]
        {
            assert_eq!(without_formula(given.to_owned()), expected);
        }
    }
}
