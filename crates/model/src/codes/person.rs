//! Codes about a person: the national standards, and the programme's own lists on working life.

use super::{CodeList, codes};

/// GB/T 2261.1-2003, sex.
pub static SEX: CodeList = CodeList {
    name: "sex",
    zh: "性别",
    en: "sex",
    source: "GB/T 2261.1-2003",
    codes: codes![
        "0" "未知的性别" "unknown",
        "1" "男" "male",
        "2" "女" "female",
        "9" "未说明的性别" "not stated",
    ],
};

/// GB/T 4658-2006, education.
pub static EDUCATION: CodeList = CodeList {
    name: "education",
    zh: "文化程度",
    en: "education",
    source: "GB/T 4658-2006",
    codes: codes![
        "10" "研究生教育" "graduate",
        "11" "博士研究生" "doctor",
        "14" "硕士研究生" "master",
        "20" "大学本科" "bachelor",
        "30" "大学专科" "college",
        "40" "中等职业教育" "vocational",
        "41" "中等专科" "vocational college",
        "44" "职业高中" "vocational senior school",
        "47" "技工学校" "technical school",
        "60" "普通高级中学" "senior school",
        "70" "初级中学" "junior school",
        "80" "小学" "primary school",
        "90" "其他" "other",
    ],
};

/// GB/T 2261.2-2003, marriage.
pub static MARRIAGE: CodeList = CodeList {
    name: "marriage",
    zh: "婚姻状况",
    en: "marriage",
    source: "GB/T 2261.2-2003",
    codes: codes![
        "10" "未婚" "single",
        "20" "已婚" "married",
        "21" "初婚" "first marriage",
        "22" "再婚" "remarried",
        "23" "复婚" "marriage restored",
        "30" "丧偶" "widowed",
        "40" "离婚" "divorced",
        "90" "未说明的婚姻状况" "not stated",
    ],
};

/// GB/T 4761-2008, relation to the head of the household.
pub static RELATION: CodeList = CodeList {
    name: "relation",
    zh: "与户主关系",
    en: "relation to head",
    source: "GB/T 4761-2008",
    codes: codes![
        "01" "本人" "self",
        "02" "户主" "head",
        "10" "配偶" "spouse",
        "11" "夫" "husband",
        "12" "妻" "wife",
        "20" "子" "son",
        "21" "独生子" "only son",
        "22" "长子" "eldest son",
        "23" "次子" "second son",
        "24" "三子" "third son",
        "25" "四子" "fourth son",
        "26" "五子" "fifth son",
        "27" "养子或继子" "adopted son or stepson",
        "28" "女婿" "son-in-law",
        "29" "其他儿子" "other son",
        "30" "女" "daughter",
        "31" "独生女" "only daughter",
        "32" "长女" "eldest daughter",
        "33" "次女" "second daughter",
        "34" "三女" "third daughter",
        "35" "四女" "fourth daughter",
        "36" "五女" "fifth daughter",
        "37" "养女或继女" "adopted daughter or stepdaughter",
        "38" "儿媳" "daughter-in-law",
        "39" "其他女儿" "other daughter",
        "40" "孙子、孙女或外孙子、外孙女" "grandchild",
        "41" "孙子" "son's son",
        "42" "孙女" "son's daughter",
        "43" "外孙子" "daughter's son",
        "44" "外孙女" "daughter's daughter",
        "45" "孙媳妇或外孙媳妇" "grandson's wife",
        "46" "孙女婿或外孙女婿" "granddaughter's husband",
        "47" "曾孙子或外曾孙子" "great-grandson",
        "48" "曾孙女或外曾孙女" "great-granddaughter",
        "49" "其他孙子、孙女或外孙子、外孙女" "other grandchild",
        "50" "父母" "parent",
        "51" "父亲" "father",
        "52" "母亲" "mother",
        "53" "公公" "husband's father",
        "54" "婆婆" "husband's mother",
        "55" "岳父" "wife's father",
        "56" "岳母" "wife's mother",
        "57" "继父或养父" "stepfather or adoptive father",
        "58" "继母或养母" "stepmother or adoptive mother",
        "59" "其他父母关系" "other parent",
        "60" "祖父母或外祖父母" "grandparent",
        "61" "祖父" "father's father",
        "62" "祖母" "father's mother",
        "63" "外祖父" "mother's father",
        "64" "外祖母" "mother's mother",
        "65" "配偶的祖父母或外祖父母" "spouse's grandparent",
        "66" "曾祖父" "great-grandfather",
        "67" "曾祖母" "great-grandmother",
        "68" "配偶的曾祖父母或外曾祖父母" "spouse's great-grandparent",
        "69" "其他祖父母或外祖父母关系" "other grandparent",
        "70" "兄、弟、姐、妹" "sibling",
        "71" "兄" "elder brother",
        "72" "嫂" "elder brother's wife",
        "73" "弟" "younger brother",
        "74" "弟媳" "younger brother's wife",
        "75" "姐姐" "elder sister",
        "76" "姐夫" "elder sister's husband",
        "77" "妹妹" "younger sister",
        "78" "妹夫" "younger sister's husband",
        "79" "其他兄弟姐妹" "other sibling",
        "80" "其他" "other",
        "81" "伯父" "father's elder brother",
        "82" "伯母" "wife of father's elder brother",
        "83" "叔父" "father's younger brother",
        "84" "婶母" "wife of father's younger brother",
        "85" "舅父" "mother's brother",
        "86" "舅母" "wife of mother's brother",
        "87" "姨父" "husband of mother's sister",
        "88" "姨母" "mother's sister",
        "89" "姑父" "husband of father's sister",
        "90" "姑母" "father's sister",
        "91" "堂兄弟、堂姐妹" "cousin on father's side",
        "92" "表兄弟、表姐妹" "cousin",
        "93" "侄子" "brother's son",
        "94" "侄女" "brother's daughter",
        "95" "外甥" "sister's son",
        "96" "外甥女" "sister's daughter",
        "97" "其他亲属" "other relative",
        "99" "非亲属" "not a relative",
    ],
};

/// Registration kind, of the labour ministry's information standards (LB 101-2000 and later, AAC009).
pub static REGISTRATION_KIND: CodeList = CodeList {
    name: "registration_kind",
    zh: "户籍性质",
    en: "registration kind",
    source: "LB 101, AAC009",
    codes: codes![
        "10" "非农业户口" "non-agricultural",
        "11" "本地非农业户口" "non-agricultural, local",
        "12" "外地非农业户口" "non-agricultural, elsewhere",
        "20" "农业户口" "agricultural",
        "21" "本地农业户口" "agricultural, local",
        "22" "外地农业户口" "agricultural, elsewhere",
        "30" "港澳台人员" "Hong Kong, Macao or Taiwan",
        "40" "外籍人员" "foreign",
        "50" "居民户口" "resident",
        "51" "本地居民户口" "resident, local",
        "52" "外地居民户口" "resident, elsewhere",
    ],
};

/// The original retirement age that the law of 2024 starts from.
pub static RETIREMENT: CodeList = CodeList {
    name: "retirement",
    zh: "原法定退休年龄",
    en: "original retirement age",
    source: "decision of the Standing Committee of the National People's Congress, 2024-09-13",
    codes: codes![
        "m60" "男 60 周岁" "man, 60",
        "f55" "女 55 周岁" "woman, 55",
        "f50" "女 50 周岁" "woman, 50",
    ],
};

/// Hardship categories.
pub static HARDSHIP: CodeList = CodeList {
    name: "hardship",
    zh: "困难类别",
    en: "hardship category",
    source: "programme",
    codes: codes![
        "1" "大龄失业人员" "older (4050)",
        "2" "享受最低生活保障" "low income",
        "3" "残疾" "disabled",
        "4" "零就业家庭成员" "zero-employment household",
        "5" "失地农民" "land requisition",
        "6" "退役军人" "veteran",
        "7" "长期失业" "long-term unemployed",
        "8" "离校未就业高校毕业生" "graduate",
        "9" "市规定的其他困难" "set by the city",
    ],
};

/// Status, a dimension of episodes.
pub static STATUS: CodeList = CodeList {
    name: "status",
    zh: "就业状况",
    en: "status",
    source: "programme",
    codes: codes![
        "1" "就业" "employed",
        "2" "登记失业" "registered unemployed",
        "3" "下岗" "laid off",
        "4" "未登记失业" "unregistered unemployed",
        "5" "在校学生" "student",
        "6" "服兵役" "serving",
        "7" "退休" "retired",
        "8" "无求职意愿" "does not seek work",
        "9" "无劳动能力" "unable to work",
        "10" "服刑" "in prison",
        "99" "其他" "other",
    ],
};

/// Ability to work, a dimension of episodes.
pub static ABILITY: CodeList = CodeList {
    name: "ability",
    zh: "劳动能力",
    en: "ability to work",
    source: "programme",
    codes: codes![
        "1" "有劳动能力" "able",
        "2" "部分丧失劳动能力" "partly lost",
        "3" "完全丧失劳动能力" "lost",
    ],
};

/// Wish to work, a dimension of episodes.
pub static WISH: CodeList = CodeList {
    name: "wish",
    zh: "就业愿望",
    en: "wish to work",
    source: "programme",
    codes: codes![
        "1" "有就业愿望" "wants to work",
        "2" "无就业愿望" "no wish to work",
    ],
};

/// Residence state, a dimension of episodes.
pub static RESIDENCE: CodeList = CodeList {
    name: "residence",
    zh: "居住状态",
    en: "residence state",
    source: "programme",
    codes: codes![
        "1" "人户一致" "lives where registered",
        "2" "人在户不在" "lives here, registered elsewhere",
        "3" "户在人不在" "registered here, lives elsewhere",
    ],
};
