//! Codes about work, households and the records themselves: the programme's own lists.

use super::{CodeList, codes};

/// What an episode is about; each dimension has its own list of codes.
pub static DIMENSION: CodeList = CodeList {
    name: "dimension",
    zh: "变动类别",
    en: "dimension of an episode",
    source: "programme",
    codes: codes![
        "status" "就业状况" "employment status",
        "ability" "劳动能力" "ability to work",
        "wish" "就业愿望" "wish to work",
        "residence" "居住状态" "residence state",
    ],
};

/// Why an episode began: 01 to 10 a reason of unemployment, 21 to 27 a lawful exit from the labour
/// force, 31 a lack of wish that three refusals document.
pub static REASON: CodeList = CodeList {
    name: "reason",
    zh: "失业或退出原因",
    en: "reason of unemployment or exit",
    source: "programme",
    codes: codes![
        "01" "离开用人单位" "left employer",
        "02" "毕业未就业" "graduated",
        "03" "停业歇业" "business closed",
        "04" "灵活就业终止" "flexible work ended",
        "05" "公益性岗位期满" "aid post ended",
        "06" "刑满释放" "released",
        "07" "退役" "veteran",
        "08" "农村劳动力" "rural labour",
        "09" "土地被征用" "land requisition",
        "10" "登记失效" "registration lapsed",
        "21" "达到退休年龄" "retired",
        "22" "死亡" "died",
        "23" "丧失劳动能力" "lost ability",
        "24" "入学" "enrolled",
        "25" "入伍" "enlisted",
        "26" "被判刑" "imprisoned",
        "27" "移居境外" "emigrated",
        "31" "三次拒绝就业服务" "refused three times",
        "99" "其他" "other",
    ],
};

/// Forms of employment.
pub static EMPLOYMENT_FORM: CodeList = CodeList {
    name: "employment_form",
    zh: "就业形式",
    en: "employment form",
    source: "programme",
    codes: codes![
        "10" "单位就业" "employer",
        "20" "自主创业" "self-employed",
        "30" "灵活就业" "flexible",
        "40" "公益性岗位" "public-welfare post",
        "90" "其他" "other",
    ],
};

/// The one piece of evidence that a verified placement needs.
pub static EVIDENCE: CodeList = CodeList {
    name: "evidence",
    zh: "就业证明",
    en: "evidence of a placement",
    source: "programme",
    codes: codes![
        "contract" "劳动合同" "labour contract",
        "insurance" "社会保险" "social insurance",
        "licence" "营业执照" "business licence",
        "aid_post" "公益性岗位协议" "aid-post agreement",
        "flexible" "灵活就业申报" "flexible-work declaration",
    ],
};

/// How a dated fact came to be recorded.
pub static ORIGIN: CodeList = CodeList {
    name: "origin",
    zh: "来源",
    en: "origin",
    source: "programme",
    codes: codes![
        "event" "日常登记" "day to day",
        "import" "首次导入" "first import",
        "transfer" "转入" "transferred",
        "correction" "更正" "corrected",
    ],
};

/// Kinds of household.
pub static HOUSEHOLD_KIND: CodeList = CodeList {
    name: "household_kind",
    zh: "户别",
    en: "household kind",
    source: "programme",
    codes: codes![
        "1" "家庭户" "family",
        "2" "集体户" "collective",
    ],
};

/// States of a household card.
pub static HOUSEHOLD_STATE: CodeList = CodeList {
    name: "household_state",
    zh: "户卡状态",
    en: "household state",
    source: "programme",
    codes: codes![
        "1" "有效" "valid",
        "2" "迁出" "moved out",
        "3" "注销" "closed",
        "4" "空户" "vacant",
    ],
};

/// How a visit was made.
pub static VISIT_HOW: CodeList = CodeList {
    name: "visit_how",
    zh: "走访方式",
    en: "way of visiting",
    source: "programme",
    codes: codes![
        "home" "上门" "at home",
        "phone" "电话" "by phone",
        "office" "来访" "at the office",
    ],
};

/// Levels of units.
pub static LEVEL: CodeList = CodeList {
    name: "level",
    zh: "级别",
    en: "level of a unit",
    source: "programme",
    codes: codes![
        "city" "市" "municipality",
        "district" "区县" "county or district",
        "street" "街道" "sub-district or town",
        "community" "社区" "neighbourhood or village",
    ],
};
