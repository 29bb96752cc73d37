//! Each rule of portable SQL, by a text that breaks it and nothing else.

use super::*;

const SOUND: &str = "-- rows: r\n-- reasons: y\nSELECT p.unit AS unit, 'r' AS part, q.doc AS subject, \
    CAST(1 AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight, 'y' AS reason, q.doc AS ref\n\
    FROM pool p JOIN person q ON q.unit = p.member";

fn refused(sql: &str) -> String {
    let found = measure("m.sql", sql).expect_err("the text breaks a rule");
    found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
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
fn what_an_engine_lacks_or_finds_elsewhere_is_refused() {
    let cases = [
        ("INSTR(q.name, 'a') = 1", "INSTR is not in every engine"),
        ("UPPER(q.name) = 'A'", "UPPER is not in every engine"),
        ("SUBSTR(q.name, 0, 2) = 'a'", "from a fixed place"),
        ("SUBSTR(q.name, q.birth_n) = 'a'", "from a fixed place"),
        ("doc = 'a'", "write doc with its table"),
        ("q.birth < '2000-01-01'", "order texts differently"),
        ("q.birth_n = '1'", "compared with a number"),
        ("q.id_valid IS 1", "may follow IS"),
        ("q.id_valid == 1", "instead of =="),
        ("q.group = ''", "the word group for themselves"),
        ("q.id_valid = 1e3", "no integer"),
        ("q.doc = 'a' GROUP BY p.unit", "q.doc is neither grouped by"),
    ];
    for (condition, says) in cases {
        let error = refused(&format!("{SOUND}\nWHERE {condition}"));
        assert!(error.contains(says), "{condition}: {error}");
    }
    for sound in [
        "q.id_valid IS NOT NULL",
        "SUBSTR(q.doc, 1, 2) = 'ab'",
        "CASE WHEN q.end = '' THEN 1 ELSE 0 END = 1",
        "NULLIF(q.id_valid, 0) = 1",
    ] {
        assert!(measure("m.sql", &format!("{SOUND}\nWHERE {sound}")).is_ok(), "{sound}");
    }
}

#[test]
fn what_is_a_value_in_one_engine_only_is_refused() {
    for (column, says) in [
        ("CAST(q.id_valid = 1 AS BIGINT) AS hit", "a condition is no value"),
        ("CAST(q.id_valid IN (1, 2) AS BIGINT) AS hit", "a condition is no value"),
        ("CAST(CASE q.sex WHEN '1' THEN 1 ELSE '0' END AS BIGINT) AS hit", "texts or numbers, not both"),
        ("CAST((SELECT x.n AS n FROM x) AS BIGINT) AS hit", "in place of a value"),
    ] {
        let error = refused(&SOUND.replacen("CAST(1 AS BIGINT) AS hit", column, 1));
        assert!(error.contains(says), "{column}: {error}");
    }
    let sound = "CAST(CASE WHEN q.id_valid = 1 AND q.sex <> '1' THEN 1 ELSE 0 END AS BIGINT) AS hit";
    assert!(measure("m.sql", &SOUND.replacen("CAST(1 AS BIGINT) AS hit", sound, 1)).is_ok());
}

#[test]
fn every_place_is_told_with_line_and_column() {
    let found = measure("m.sql", &format!("{SOUND}\nWHERE q.name LIKE 'a'\n  AND q.birth_n / 2 > 0.5"));
    let found = found.expect_err("the text breaks three rules");
    let places: Vec<(usize, usize)> = found.iter().map(|error| (error.line, error.column)).collect();
    assert_eq!(places, [(5, 14), (6, 17), (6, 23)], "{found:#?}");
    assert!(found[0].to_string().starts_with("m.sql, line 5, column 14: LIKE"), "{}", found[0]);
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
        let found = table("t.sql", sql).expect_err("the text breaks a rule");
        assert!(found.iter().any(|error| error.to_string().contains(says)), "{sql}: {found:?}");
    }
}

#[test]
fn every_file_of_the_packs_in_the_tree_keeps_the_rules() {
    for files in [crate::pack::community_files(), crate::pack::street_files()] {
        let mut seen = 0;
        for (name, content) in &files {
            if name.starts_with("measures/") {
                measure(name, content).unwrap_or_else(|found| panic!("{found:#?}"));
                seen += 1;
            } else if name.starts_with("tables/") {
                table(name, content).unwrap_or_else(|found| panic!("{found:#?}"));
                seen += 1;
            }
        }
        assert!(seen >= 19, "only {seen} files are SQL");
    }
}

#[test]
fn a_file_of_tables_falls_apart_into_its_statements_whatever_its_comments_say() {
    let file = "-- one; and two;\nCREATE TEMP TABLE a AS\nSELECT p.unit AS unit FROM pool p WHERE p.unit <> ';';\n-- two;\n\
        CREATE TEMP TABLE b AS SELECT a.unit AS unit FROM a";
    let statements = statements("t.sql", file).expect("it keeps the rules");
    assert_eq!(statements.iter().map(|(table, _)| *table).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(statements.iter().map(|(_, text)| *text).collect::<String>(), file);
    assert!(statements[0].1.ends_with("';';"));
}

#[test]
fn rows_and_reasons_that_the_head_does_not_declare_are_told() {
    let grouped = "-- rows: r\n-- reasons: y n\nSELECT g.unit AS unit, g.part AS part, MIN(g.doc) AS subject, \
        CAST(1 AS BIGINT) AS hit, CAST(1 AS BIGINT) AS weight,\n\
        CASE WHEN MAX(g.a) = 1 THEN 'y' ELSE CASE MIN(g.a) WHEN 0 THEN 'n' ELSE 'odd' END END AS reason, MIN(g.doc) AS ref\n\
        FROM (SELECT p.unit AS unit, 'r' AS part, q.doc AS doc, q.id_valid AS a FROM pool p JOIN person q ON q.unit = p.member\n\
        UNION ALL SELECT p.unit AS unit, 'more' AS part, q.doc AS doc, 0 AS a FROM pool p JOIN person q ON q.unit = p.member) g\n\
        GROUP BY g.unit, g.part";
    let told = refused(grouped);
    assert!(told.contains("m.sql, line 4, column 73: its head does not declare `odd`"), "{told}");
    assert!(
        told.contains("line 6, column 34: its head does not declare `more`; add it to `-- rows:`"),
        "{told}"
    );
    assert_eq!(told.lines().count(), 2, "{told}");
    assert!(refused(&SOUND.replace("-- reasons: y", "-- reasons: z")).contains("line 3"));
}

#[test]
fn a_street_measure_that_pools_says_so_in_its_head() {
    let pooled = "SELECT p.unit AS unit, 'r' AS part, MIN(q.doc) AS subject, CAST(1 AS BIGINT) AS hit, \
        CAST(1 AS BIGINT) AS weight, 'y' AS reason, MIN(q.doc) AS ref\nFROM pool p JOIN person q ON q.unit = p.member\n";
    let told = |head: &str, sql: &str| {
        let found = pooling("m.sql", &format!("{head}\n{sql}"), &Schema::given()).err().unwrap_or_default();
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let by_number = format!("{pooled}GROUP BY p.unit, q.id_no");
    assert!(
        told("", &by_number)
            .starts_with("m.sql, line 4, column 1: it makes one row of those of several communities")
    );
    for head in ["-- together: person.id_no", "-- across: members"] {
        assert_eq!(told(head, &by_number), "");
    }
    for (head, says) in [
        ("-- together: person.number", "line 1, column 1: `person.number` is no column"),
        ("-- together: id_no", "`id_no` is no column"),
        ("-- together: param.as_of_n", "of a table by unit"),
        ("-- across: all", "`all` is unknown"),
    ] {
        assert!(told(head, &by_number).contains(says), "{head}: {}", told(head, &by_number));
    }
    assert_eq!(
        told("", &format!("{pooled}GROUP BY p.unit, p.member, q.id_no")),
        "",
        "each community by itself"
    );
    let within = pooled.replace(
        "FROM pool p JOIN person q ON q.unit = p.member",
        "FROM (SELECT DISTINCT p.unit AS unit, q.id_no AS id_no, q.doc AS doc FROM pool p JOIN person q ON q.unit = p.member) g",
    );
    assert!(
        told("", &within.replace("p.unit AS unit, 'r'", "g.unit AS unit, 'r'")).contains("line 3, column 14")
    );
}
