//! Promises of a page's files, read back.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use linli_model::codes;
use parquet::{
    file::reader::{FileReader as _, SerializedFileReader},
    record::Field,
};

use super::*;

const DAY: i64 = 20_454;

fn page() -> Page {
    let column = |name: &str, zh: &str, holds, hidden| PageColumn {
        name: name.to_owned(),
        zh: zh.to_owned(),
        en: name.to_owned(),
        holds,
        hidden,
    };
    let text = |text: &str| Cell::Text(text.to_owned());
    Page {
        columns: vec![
            column("id_no", "公民身份号码", Holds::Text, false),
            column("sex", "性别", Holds::Code(&codes::SEX), false),
            column("lost_on", "下岗失业日期", Holds::Date, false),
            column("pay", "月收入", Holds::Number, false),
            column("insured", "参加社会保险", Holds::Flag, false),
            column("doc", "文档", Holds::Text, true),
        ],
        rows: vec![
            vec![
                text("110105194912310021"),
                text("2"),
                Cell::Day(DAY),
                Cell::Number(3200),
                Cell::Number(1),
                text("d1"),
            ],
            vec![text("=1+1"), Cell::Empty, Cell::Empty, Cell::Number(0), Cell::Number(0), text("d2")],
        ],
    }
}

fn heading() -> Heading {
    let line = ["单位：甲社区", "截止日期：2026-10-31", "打印日期：2026-11-26"].map(str::to_owned).to_vec();
    Heading { title: "社区下岗失业人员台账".to_owned(), line, sheet: "L05".to_owned() }
}

#[test]
fn a_workbook_has_the_title_the_unit_and_typed_cells() {
    let bytes = page_xlsx(&page(), &heading(), Tongue::Chinese).expect("the workbook is written");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("it is a workbook");
    let sheet = book.worksheet_range("L05").expect("it has the sheet");
    let text = |row, column| sheet.get_value((row, column)).map(ToString::to_string).unwrap_or_default();
    assert_eq!(text(0, 0), "社区下岗失业人员台账");
    assert_eq!(text(1, 0), "单位：甲社区    截止日期：2026-10-31    打印日期：2026-11-26");
    let headers: Vec<String> = (0..=6).map(|column| text(2, column)).collect();
    assert_eq!(headers, ["序号", "公民身份号码", "性别", "下岗失业日期", "月收入", "参加社会保险", ""]);
    let value = |column| sheet.get_value((3, column)).cloned().expect("the cell is there");
    assert_eq!(value(1), Data::String("110105194912310021".to_owned()), "no digit of a number is lost");
    assert_eq!(value(2), Data::String("女".to_owned()));
    // 2026-01-01 in the days of a workbook.
    let is_day = matches!(value(3), Data::DateTime(day) if day.to_string() == "46023");
    assert!(is_day, "{:?}", value(3));
    assert_eq!(value(4), Data::Float(3200.0));
    assert_eq!(value(5), Data::String("是".to_owned()));
    assert_eq!(sheet.get_value((4, 1)), Some(&Data::String("=1+1".to_owned())), "a text is no formula");
}

#[test]
fn a_table_for_programs_has_codes_and_hidden_columns() {
    let text = String::from_utf8(page_csv(&page(), Tongue::English)).expect("it is UTF-8");
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines,
        ["id_no,sex,lost_on,pay,insured,doc", "110105194912310021,2,2026-01-01,3200,1,d1", "'=1+1,,,0,0,d2"]
    );
}

#[test]
fn parquet_has_dates_as_dates_and_nothing_as_null() {
    let bytes = page_parquet(&page()).expect("it is written");
    let file = SerializedFileReader::new(bytes::Bytes::from(bytes)).expect("it is Parquet");
    let rows: Vec<Vec<Field>> = file
        .get_row_iter(None)
        .expect("it has rows")
        .map(|row| row.expect("a row reads").into_columns().into_iter().map(|(_, field)| field).collect())
        .collect();
    let text = |text: &str| Field::Str(text.to_owned());
    assert_eq!(
        rows,
        [
            vec![
                text("110105194912310021"),
                text("2"),
                Field::Date(DAY as i32),
                Field::Long(3200),
                Field::Long(1),
                text("d1")
            ],
            vec![text("=1+1"), Field::Null, Field::Null, Field::Long(0), Field::Long(0), text("d2")],
        ]
    );
}
