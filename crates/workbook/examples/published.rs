//! Prints the published dictionary of the import's columns.
#![allow(clippy::print_stdout, reason = "printing is what this example is for")]

fn main() {
    print!("{}", linli_workbook::columns::import_toml());
}
