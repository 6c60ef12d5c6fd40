"""The grammar of rule SQL, for lark's LALR parser.

Keywords are not case sensitive and are words only where the grammar expects them, so most of them still serve as names of fields; VALUE
is the keyword only where an expression follows it. The developer guide's pages disagree with each other in places. The choices: a FROM
filter is quoted, no comma before FROM, quotes inside a string are doubled, backslashes stand for themselves (regular expressions need
them), and OR < AND < NOT < comparison < sum < product < sign, as in ANSI SQL.
"""

GRAMMAR = r"""
statement: set_clause? _SELECT selection from_clause? where_clause?

set_clause: _SET assignment ("," assignment)*
assignment: VARIABLE "=" _expression
from_clause: _FROM STRING
where_clause: _WHERE _expression

selection: _VALUE item         -> value_selection
         | item ("," item)*    -> selection
item: STAR                     -> star_item
    | _expression [_AS alias]  -> item
alias: name ("." name)* | STRING

_expression: disjunction
?disjunction: conjunction | disjunction OR conjunction   -> operation
?conjunction: inversion | conjunction AND inversion      -> operation
?inversion: comparison | NOT inversion                   -> negation
?comparison: sum | comparison COMPARISON sum             -> operation
?sum: product | sum (PLUS | MINUS) product               -> operation
?product: signed | product (STAR | SLASH | PERCENT) signed -> operation
?signed: postfix | MINUS signed                          -> negation
?postfix: primary | postfix "." name                     -> member

?primary: NUMBER               -> number
        | STRING               -> string
        | VARIABLE             -> variable
        | name                 -> bare_name
        | name "(" [argument ("," argument)*] ")" -> call
        | "(" _expression ")"
        | "(" query ")"
        | "[" [_expression ("," _expression)*] "]" -> array
        | "{" [pair ("," pair)*] "}" -> object
        | _CASE _expression branch+ [_ELSE _expression] _END -> case
?argument: _expression
         | _expression _AS name -> typed_argument
         | STAR -> star
         | query
pair: STRING ":" _expression
branch: _WHEN _expression _THEN _expression
query: _SELECT selection _FROM postfix [where_clause]
name: NAME | VALUE_NAME

_SELECT.2: /select(?!\w)/i
_FROM.2: /from(?!\w)/i
_WHERE.2: /where(?!\w)/i
_SET.2: /set(?!\w)/i
_AS.2: /as(?!\w)/i
_VALUE.3: /value(?!\w)(?=\s*["'\w@(\[{*-])(?!\s+(as|from|where)(?!\w))/i
VALUE_NAME.2: /value(?!\w)/i
_CASE.2: /case(?!\w)/i
_WHEN.2: /when(?!\w)/i
_THEN.2: /then(?!\w)/i
_ELSE.2: /else(?!\w)/i
_END.2: /end(?!\w)/i
AND.2: /and(?!\w)/i
OR.2: /or(?!\w)/i
NOT.2: /not(?!\w)/i
COMPARISON: /<>|<=|>=|=|<|>/
PLUS: "+"
MINUS: "-"
STAR: "*"
SLASH: "/"
PERCENT: "%"
VARIABLE: /@[A-Za-z_][A-Za-z0-9_]*/
NAME: /[A-Za-z_][A-Za-z0-9_]*/
NUMBER: /[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?(?![\w.])/
STRING: /'(?:[^']|'')*'|"(?:[^"]|"")*"/
%ignore /[ \t\r\n]+/
"""
