//! What is a table and what is not.

use rust_xlsxwriter::{Format, Formula, Workbook};

use super::*;
use crate::limits::{COLUMNS_MAX, ROWS_MAX};
use crate::support::xlsx;

const HEADER: &str = "户卡编号,姓名,公民身份号码,与户主关系";

fn message(bytes: &[u8]) -> String {
    read(bytes, "people").expect_err("the file is not a table of people").to_string()
}

#[test]
fn headers_are_read_in_either_language_in_any_order() {
    for header in [
        HEADER,
        "\u{feff}户卡编号,姓名,公民身份号码,与户主关系",
        "card number,NAME,Citizen ID number,relation to head",
        "户卡编号*, name ,身份证号,relation",
    ] {
        let sheet = read(format!("{header}\r\n1,a,b,c\r\n").as_bytes(), "people").expect("it is a table");
        let names: Vec<&str> = sheet.columns().iter().map(|column| column.name).collect();
        assert_eq!(names, ["card_no", "name", "id_no", "relation"], "{header}");
        assert_eq!(sheet.rows().len(), 1);
    }
    let sheet = read("relation,phone,name,card_no,id_no\n妻,1,a,2,3".as_bytes(), "people");
    let sheet = sheet.expect("any order is a table");
    assert_eq!(sheet.rows()[0].cells[0], Cell::Text("妻".to_owned()));
}

#[test]
fn a_row_has_the_number_that_a_spreadsheet_shows() {
    for end in ["\n", "\r\n"] {
        let text = [HEADER, "1,\"a\nb\",c,d", "", ",,,", "2,a,b,c"].join(end);
        let sheet = read(text.as_bytes(), "people").expect("it is a table");
        let numbers: Vec<usize> = sheet.rows().iter().map(|row| row.number).collect();
        assert_eq!(numbers, [2, 5]);
    }
}

#[test]
fn wrong_headers_are_named_with_those_that_exist() {
    for (header, parts) in [
        (
            "户卡编号,姓名",
            &["lacks mandatory columns: citizen ID number, relation to head", "户卡编号, 姓名"][..],
        ),
        (
            "户卡编号,姓名,公民身份号码,与户主关系,星座",
            &["nobody knows: E 星座", "card number, household kind"],
        ),
        ("户卡编号,姓名,身份证号,公民身份号码,与户主关系", &["columns C and D", "公民身份号码"]),
        ("户卡编号,姓名,公民身份号码,与户主关系\n1,2,3,4,5", &["column E has data in row 2"]),
    ] {
        let error = read(header.as_bytes(), "people").expect_err("the headers are wrong");
        for part in parts {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(!error.zh().is_empty());
    }
    let error = read("户卡编号,姓名".as_bytes(), "people").expect_err("two columns are missing");
    assert!(error.zh().contains("缺少必填列：公民身份号码、与户主关系"), "{}", error.zh());
}

#[test]
fn what_is_no_table_says_what_to_do() {
    let mut utf16 = vec![0xff, 0xfe];
    utf16.extend("户卡".encode_utf16().flat_map(u16::to_le_bytes));
    for (bytes, part) in [
        (&b""[..], "is empty"),
        (b"\n\n", "is empty"),
        (b"PK\x03\x04 no archive", "is not a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "old .xls"),
        // 户卡编号 in GB18030.
        (
            b"\xbb\xa7\xbf\xa8\xb1\xe0\xba\xc5,\xd0\xd5\xc3\xfb\n",
            "GB18030 (GBK, ANSI), not in UTF-8; save it as",
        ),
        (&utf16, "UTF-16"),
        (b"a\xff\xffb\n", "an unknown encoding"),
        (b"%PDF\0\0", "is not a workbook"),
    ] {
        let found = message(bytes);
        assert!(found.contains(part), "{found}");
    }
}

#[test]
fn two_sheets_with_data_are_refused_and_explanations_passed_over() {
    let header: &[&[&str]] = &[&["户卡编号", "姓名", "公民身份号码", "与户主关系"], &["1", "a", "b", "妻"]];
    let one = xlsx(&[("人员登记", header), ("填表说明", header), ("代码表", header), ("empty", &[])]);
    assert_eq!(read(&one, "people").map(|sheet| sheet.rows().len()).ok(), Some(1));
    let two = xlsx(&[("一", header), ("二", header)]);
    assert!(message(&two).contains("several sheets: 一, 二"));
    assert!(message(&xlsx(&[("一", &[])])).contains("is empty"));
}

#[test]
fn every_kind_of_cell_is_read() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, header) in
        (0u16..).zip(["户卡编号", "姓名", "公民身份号码", "与户主关系", "建卡日期", "低保"])
    {
        let header = if header == "低保" { "享受低保" } else { header };
        sheet.write_string(0, column, header).expect("a header fits");
    }
    let day = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_number(1, 0, 32_110_200_100_100_001.0).expect("a number fits");
    sheet.write_formula(1, 1, Formula::new("=NA()").set_result("#N/A")).expect("a formula fits");
    sheet.write_number(1, 3, 2).expect("a number fits");
    sheet.write_number_with_format(1, 4, 46_027, &day).expect("a date fits");
    sheet.write_boolean(1, 5, true).expect("a flag fits");
    let bytes = workbook.save_to_buffer().expect("a small workbook is written");
    let sheet = read(&bytes, "people").expect("it is a table");
    let cells = &sheet.rows()[0].cells;
    assert!(cells[0].has_lost_digits());
    assert!(matches!(&cells[1], Cell::Error(error) if error == "#N/A"), "{:?}", cells[1]);
    assert_eq!(cells[2], Cell::Empty);
    assert_eq!(cells[3].text(), "2");
    assert_eq!(cells[4], Cell::Text("2026-01-05".to_owned()));
    assert_eq!(cells[5], Cell::Text("是".to_owned()));
}

#[test]
fn limits_hold_at_the_limit_and_one_past_it() {
    let rows = |count: usize| format!("{HEADER}\n{}", "1,a,b,c\n".repeat(count));
    let full = read(rows(ROWS_MAX - 1).as_bytes(), "people").expect("a full sheet is read");
    assert_eq!(full.rows().len(), ROWS_MAX - 1);
    assert!(message(rows(ROWS_MAX).as_bytes()).contains("row 50002"));

    let wide = |column: usize| format!("{HEADER}{}x\n", ",".repeat(column - 3));
    assert!(message(wide(COLUMNS_MAX - 1).as_bytes()).contains("nobody knows"));
    assert!(message(wide(COLUMNS_MAX).as_bytes()).contains("column DY is past"));

    let large = vec![b'\n'; FILE_BYTES_MAX + 1];
    assert!(message(&large).contains("at most"));
    assert!(message(&large[1..]).contains("is empty"));
}

#[test]
fn a_workbook_that_unpacks_without_end_is_not_unpacked() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).expect("a file begins");
    let zeros = vec![0; 1 << 20];
    for _ in 0..=crate::limits::UNPACKED_BYTES_MAX >> 20 {
        std::io::Write::write_all(&mut archive, &zeros).expect("memory takes what is written");
    }
    let bytes = archive.finish().expect("the archive ends").into_inner();
    assert!(bytes.len() < FILE_BYTES_MAX);
    assert!(message(&bytes).contains("unpacks to more than"));
}

#[test]
fn damaged_workbooks_are_refused_without_a_panic() {
    let header: &[&[&str]] = &[&["户卡编号", "姓名", "公民身份号码", "与户主关系"]];
    let whole = xlsx(&[("人员登记", header)]);
    for cut in (0..whole.len()).step_by(97) {
        assert!(read(&whole[..cut], "people").is_err(), "cut at {cut}");
        let mut damaged = whole.clone();
        damaged[cut] ^= 0x55;
        let _ = read(&damaged, "people");
    }
}

#[test]
fn the_same_bytes_have_the_same_import_id() {
    let id = |text: &str| read(text.as_bytes(), "people").expect("it is a table").import_id();
    assert_eq!(id(HEADER), id(HEADER));
    assert_ne!(id(HEADER), id(&format!("{HEADER}\n")));
    assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
}
