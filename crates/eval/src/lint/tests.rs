//! Each rule of portable SQL, by a text that breaks it and nothing else.

use super::*;

const SOUND: &str = "-- rows: r\n-- reasons: y\nSELECT p.unit AS unit, 'r' AS part, q.doc AS subject, \
    CAST(1 AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight, 'y' AS reason, q.doc AS ref\n\
    FROM pool p JOIN person q ON q.unit = p.member";

fn refused(sql: &str) -> String {
    measure("m.sql", sql).expect_err("the text breaks a rule").to_string()
}

#[test]
fn a_sound_measure_passes_and_says_what_it_returns() {
    let declared = measure("m.sql", SOUND).expect("it keeps the rules");
    assert_eq!((declared.rows, declared.reasons), (vec!["r".to_owned()], vec!["y".to_owned()]));
}

#[test]
fn what_engines_do_differently_is_refused_with_its_line() {
    let cases = [
        ("q.id_valid / 2 = 1", "`/`"),
        ("q.name LIKE 'a'", "LIKE"),
        ("q.name = \"a\"", "`\"`"),
        ("q.name = 'a\\'", "not portable"),
        ("MAX(q.birth_n, 1) = 1", "two values"),
        ("MIN(q.birth_n, COALESCE(q.birth_n, 1)) = 1", "two values"),
        ("GREATEST(1, 2) = 2", "GREATEST"),
        ("EXISTS (SELECT 1 AS x FROM person x)", "EXISTS"),
        ("q.doc IN (SELECT x.doc AS doc FROM person x)", "join instead"),
        ("q.birth_n > 0.5", "no integer"),
        ("CAST(q.doc AS TEXT) = 'a'", "BIGINT alone"),
        ("SUM(q.birth_n) > 1", "CAST(SUM"),
        ("q.birth < CURRENT_DATE", "param.as_of_n"),
        ("q.doc = 'a' ORDER BY q.doc", "ORDER"),
        ("q.doc = 'a' LIMIT 1", "LIMIT"),
        ("q.doc = `a`", "not portable"),
        ("q.doc = 'a';", "semicolon"),
    ];
    for (condition, says) in cases {
        let error = refused(&format!("{SOUND}\nWHERE {condition}"));
        assert!(error.contains(says), "{condition}: {error}");
        assert!(error.starts_with("m.sql, line 5"), "{condition}: {error}");
    }
}

#[test]
fn the_same_words_inside_texts_and_comments_are_no_matter() {
    for harmless in ["q.name = 'LIKE / ORDER BY \"x\"'", "q.name = 'a' -- a / b, LIKE \"x\" 'y"] {
        assert!(measure("m.sql", &format!("{SOUND}\nWHERE {harmless}")).is_ok(), "{harmless}");
    }
}

#[test]
fn a_measure_returns_the_seven_columns_named_and_cast() {
    for (from, to, says) in [
        ("'y' AS reason", "'y' AS why", "in that order"),
        ("q.doc AS ref", "q.doc", "expression AS name"),
        ("CAST(1 AS BIGINT) AS hit", "1 AS hit", "CAST(… AS BIGINT)"),
        ("CAST(1 AS BIGINT) AS weight", "1 AS weight", "CAST(… AS BIGINT)"),
        ("p.unit AS unit", "p.* AS unit", "name the columns"),
        ("-- rows: r\n", "", "-- rows:"),
        ("SELECT p.unit", "WITH p.unit", "begins with SELECT"),
    ] {
        let error = refused(&SOUND.replacen(from, to, 1));
        assert!(error.contains(says), "{to}: {error}");
    }
    let second_arm = format!("{SOUND} UNION ALL SELECT p.unit AS unit FROM pool p");
    assert!(refused(&second_arm).contains("in that order"));
}

#[test]
fn a_table_file_only_creates_temporary_tables() {
    let sound = "CREATE TEMP TABLE a AS SELECT u.unit AS unit FROM unit u;\n\
                 CREATE TEMP TABLE b AS SELECT a.unit AS unit FROM a;";
    assert_eq!(table("t.sql", sound), Ok(vec!["a".to_owned(), "b".to_owned()]));
    for (sql, says) in [
        ("CREATE TABLE a AS SELECT u.unit AS unit FROM unit u", "CREATE TEMP TABLE"),
        ("DROP TABLE unit", "DROP"),
        ("CREATE TEMP TABLE a AS SELECT u.unit FROM unit u", "every column needs a name"),
        ("SELECT u.unit AS unit FROM unit u", "CREATE TEMP TABLE"),
    ] {
        let error = table("t.sql", sql).expect_err("the text breaks a rule").to_string();
        assert!(error.contains(says), "{sql}: {error}");
    }
}

#[test]
fn every_file_of_the_packs_in_the_tree_keeps_the_rules() {
    for files in [crate::pack::community_files(), crate::pack::street_files()] {
        let mut seen = 0;
        for (name, content) in &files {
            if name.starts_with("measures/") {
                measure(name, content).unwrap_or_else(|error| panic!("{error}"));
                seen += 1;
            } else if name.starts_with("tables/") {
                table(name, content).unwrap_or_else(|error| panic!("{error}"));
                seen += 1;
            }
        }
        assert!(seen >= 19, "only {seen} files are SQL");
    }
}
