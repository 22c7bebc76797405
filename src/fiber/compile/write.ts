/**
 * Owns the dispatch of the writing pass: which form is rewritten by whom, and which is only walked through.
 *
 * Everything that is not named here is copied as it stands, with its children visited. Names come through
 * `visitNamed`, because wrapping an anonymous function in a call would lose the name that it takes from where it
 * stands.
 *
 * Past 400 lines because it is the one table of all forms of the language.
 */
import { childrenOf, directiveCount, isFunction, withoutParens, type Node } from './ast.ts';
import { calledAs } from './called.ts';
import { placeOf, suspend, type Block, type Frame } from './frame.ts';
import { isCallSite, isYieldPoint } from './sites.ts';
import type { FunctionName, Unit } from './unit.ts';
import {
  describeCallee,
  hasOptional,
  notIterable,
  privateTwin,
  writeCall,
  writeChain,
  writeMember,
  writeNew,
  writeTag,
} from './write-calls.ts';
import { writeClass, writeObject, writeSuperConstructor } from './write-classes.ts';
import { writeInPlace } from './write-body.ts';
import { writeDeclaration, writeFunctionExpression } from './write-functions.ts';
import { patternOf, visitEachRound, writeForOf, writeLoopBody } from './write-loops.ts';
import { visitTarget, writeAssignment, writeSuperRead, writeUpdate } from './write-members.ts';
import {
  isWritten,
  nameOf,
  takenFrom,
  visitPattern,
  writeAssigned,
  writeCheck,
  writeDeclared,
  type Taken,
} from './write-patterns.ts';

const ANONYMOUS: FunctionName = { text: '' };

/** Makes a unit use this pass. */
export function install(unit: Unit): void {
  unit.visit = visit;
  unit.visitNamed = visitNamed;
}

function visitAll(nodes: (Node | null)[], frame: Frame): void {
  for (const node of nodes) if (node !== null) visit(node, frame);
}

function visitNamed(node: Node, frame: Frame, name: FunctionName): void {
  const inner = withoutParens(node);
  if (isFunction(inner) && inner['async'] !== true) writeFunctionExpression(inner, frame, name);
  else visit(node, frame);
}

/** A statement list, in a block that is already set up. */
function visitStatements(statements: Node[], frame: Frame): void {
  const { unit } = frame;
  const last = lastDeclarations(statements);
  for (const statement of statements) {
    const declaration = declarationOf(statement);
    if (declaration?.type === 'FunctionDeclaration') {
      writeListedFunction(statement, declaration, frame, last);
      continue;
    }
    const { edits } = unit;
    visit(statement, frame);
    if (unit.edits === edits) continue;
    const list = declaration ?? statement;
    if (list.type === 'VariableDeclaration') unit.closeStatement(list, edits);
    // What is written may open with a parenthesis that the line before, without a semicolon, would call.
    if (statement.type === 'ExpressionStatement' && unit.wasTouched(statement.start)) {
      unit.before(statement.start, ';');
    }
  }
}

/** Of functions that are declared under one name, the last counts. */
function lastDeclarations(statements: Node[]): Map<string, Node> | null {
  let last: Map<string, Node> | null = null;
  for (const statement of statements) {
    const declaration = declarationOf(statement);
    if (declaration?.type !== 'FunctionDeclaration' || !declaration['id']) continue;
    last ??= new Map();
    last.set((declaration['id'] as Node)['name'] as string, declaration);
  }
  return last;
}

function declarationOf(statement: Node): Node | null {
  switch (statement.type) {
    case 'FunctionDeclaration':
      return statement;
    case 'ExportNamedDeclaration':
    case 'ExportDefaultDeclaration':
      return statement['declaration'] as Node | null;
    default:
      return null;
  }
}

function writeListedFunction(
  statement: Node,
  declaration: Node,
  frame: Frame,
  last: Map<string, Node> | null,
): void {
  const { unit } = frame;
  const identifier = declaration['id'] as Node | null;
  const isLast = identifier === null || last!.get(identifier['name'] as string) === declaration;
  if (!writeDeclaration(declaration, frame, isLast)) {
    writeInPlace(declaration, frame);
    return;
  }
  if (identifier === null) unit.remove(statement.start, declaration.start);
}

function visitBlock(node: Node, frame: Frame): void {
  const statements = node['body'] as Node[];
  const own = frame.info.node['body'] === node;
  if (own) {
    visitStatements(statements, frame);
    return;
  }
  const outer = frame.block;
  const loose = frame.loose;
  const block: Block = { at: node.start + 1, lead: '', declarations: [] };
  frame.block = block;
  frame.loose = 0;
  visitStatements(statements, frame);
  frame.block = outer;
  frame.loose = loose;
  if (block.declarations.length > 0) frame.unit.after(block.at, block.declarations.join(''));
}

function visitDeclarators(node: Node, frame: Frame): void {
  for (const declarator of node['declarations'] as Node[]) {
    const id = declarator['id'] as Node;
    const init = declarator['init'] as Node | null;
    const round = node['round'] as Taken | undefined;
    if ((init ?? round) && isWritten(id, frame)) {
      writeDeclared(id, round ?? takenFrom(init!, true), (init ?? id).end, frame);
      continue;
    }
    visitPattern(id, frame);
    if (!init) continue;
    const { edits } = frame.unit;
    visitNamed(init, frame, nameOf(id));
    if (frame.unit.edits !== edits) writeCheck(id, init, true, frame);
  }
}

/** The assignments that name an anonymous function. */
const NAMING = new Set(['=', '&&=', '||=', '??=']);

function visitAssignment(node: Node, frame: Frame): void {
  const left = node['left'] as Node;
  const right = node['right'] as Node;
  if (left.type === 'ObjectPattern' || left.type === 'ArrayPattern') {
    if (isWritten(left, frame)) {
      writeAssigned(left, takenFrom(right, false), node.end, frame);
      return;
    }
    visitPattern(left, frame);
    const { edits } = frame.unit;
    visit(right, frame);
    if (frame.unit.edits !== edits) writeCheck(left, right, false, frame);
  } else if (!writeAssignment(node, frame)) {
    visitTarget(left, frame);
    const names = NAMING.has(node['operator'] as string);
    visitNamed(right, frame, names ? nameOf(left) : ANONYMOUS);
  }
}

function visitYield(node: Node, frame: Frame): void {
  const { unit } = frame;
  const argument = node['argument'] as Node | null;
  if (argument !== null) visit(argument, frame);
  if (frame.mode !== 'raw') return;
  const from = node.start + 'yield'.length;
  if (node['delegate'] === true) {
    if (unit.world.iterate) unit.yields(node, 'iteration, by a generator');
    const star = unit.find('*', from);
    unit.before(node.start, '(');
    unit.replace(star, star + 1, `*${unit.h('deleg')}(`);
    unit.after(node.end, '))');
  } else if (argument === null) {
    unit.before(node.start, '(');
    unit.after(node.end, ` ${unit.h('Y')}(void 0))`);
  } else {
    unit.before(node.start, '(');
    unit.after(from, ` ${unit.h('Y')}(`);
    unit.after(node.end, '))');
  }
}

function visitSpread(node: Node, frame: Frame, intoArray: boolean): void {
  const { unit } = frame;
  const argument = node['argument'] as Node;
  visit(argument, frame);
  if (!frame.suspends || !unit.world.iterate) return;
  unit.yields(node, 'iteration');
  unit.keepNameless(argument);
  const value = frame.acquire();
  const refused = JSON.stringify(intoArray ? notIterable(argument) : describeCallee(argument));
  const spread = `${unit.h('spread')}(${value},${refused}${intoArray ? '' : ',1'})`;
  const wait = suspend(frame, spread, placeOf(argument, unit));
  frame.release(value);
  unit.before(argument.start, `((${value}=`);
  unit.after(argument.end, `,${unit.h('it')}(${value},1))===${value}?${value}:${wait})`);
}

function visitReturn(node: Node, frame: Frame): void {
  const { unit } = frame;
  const argument = node['argument'] as Node | null;
  if (frame.derived === null) {
    visitEndedByLine(node, argument, frame);
    return;
  }
  const { thisVariable } = frame.derived;
  const { edits } = unit;
  if (argument === null) {
    unit.after(node.start + 'return'.length, ` ${unit.h('chk')}(${thisVariable})`);
  } else {
    visit(argument, frame);
    unit.before(argument.start, `${unit.h('ret')}((`);
    unit.after(argument.end, `),${thisVariable})`);
  }
  unit.closeStatement(node, edits);
}

function visitCatch(node: Node, frame: Frame): void {
  const { unit } = frame;
  if (node['param']) visitPattern(node['param'] as Node, frame);
  const body = node['body'] as Node;
  visit(body, frame);
  if (frame.suspends) unit.after(body.start + 1, `${unit.h('S')}.g=null;`);
}

function visitFor(node: Node, frame: Frame): void {
  if (node['init']) visit(node['init'] as Node, frame);
  visitEachRound(node['test'] as Node | null, frame);
  visitEachRound(node['update'] as Node | null, frame);
  writeLoopBody(node['body'] as Node, frame);
}

function visitForIn(node: Node, frame: Frame): void {
  const left = node['left'] as Node;
  if (left.type === 'VariableDeclaration') visitDeclarators(left, frame);
  else visitPattern(left, frame);
  visit(node['right'] as Node, frame);
  writeLoopBody(node['body'] as Node, frame);
}

function visitForOf(node: Node, frame: Frame, start?: number): void {
  if (frame.suspends && node['await'] !== true && needsForm(node, frame)) {
    writeForOf(node, frame, start);
  } else visitForIn(node, frame);
}

/** Either what it iterates may block, or what each round takes apart. */
function needsForm(node: Node, frame: Frame): boolean {
  const { world, survey } = frame.unit;
  return (
    isYieldPoint(node, world, survey.blocks) || isWritten(patternOf(node['left'] as Node), frame)
  );
}

function visitLabelled(node: Node, frame: Frame): void {
  let inner = node['body'] as Node;
  while (inner.type === 'LabeledStatement') inner = inner['body'] as Node;
  if (inner.type === 'ForOfStatement') visitForOf(inner, frame, node.start);
  else visit(inner, frame);
}

/** In a `with` every name, ours too, is asked of the object first: so nothing of ours may stand in it. */
function visitWith(node: Node, frame: Frame): void {
  visit(node['object'] as Node, frame);
}

function visitIdentifier(node: Node, frame: Frame): void {
  if (node['name'] !== 'arguments') return;
  const reference = frame.argumentsReference();
  if (reference !== 'arguments') frame.unit.replace(node.start, node.end, reference);
}

function visitCall(node: Node, frame: Frame): void {
  const { unit } = frame;
  const callee = node['callee'] as Node;
  if (callee.type === 'Super') {
    if (writeSuperConstructor(node, frame)) return;
    visitAll(node['arguments'] as Node[], frame);
    if (frame.fieldsText === null) return;
    unit.before(node.start, '(');
    unit.after(node.end, `,${frame.fieldsText},this)`);
    return;
  }
  if (frame.suspends && isCallSite(node, unit.world, unit.survey.blocks)) {
    writeCall(node, frame);
    return;
  }
  if (frame.homeReference() !== null) {
    const inner = withoutParens(callee);
    if (inner.type === 'MemberExpression' && (inner['object'] as Node).type === 'Super') {
      writePlainSuperCall(node, inner, frame);
      return;
    }
  }
  const inner = withoutParens(callee);
  if (inner.type !== 'Identifier' || inner['name'] !== 'eval') visitPlainCallee(callee, frame);
  if (isBinding(node)) {
    // What is bound here may be called where it has to suspend.
    const object = callee['object'] as Node;
    unit.before(object.start, `${unit.h('bd')}(`);
    unit.replace(object.end, callee.end, `,${JSON.stringify(describeCallee(callee))})`);
  }
  visitAll(node['arguments'] as Node[], frame);
}

/** `f.bind(…)`, in its simplest form. */
function isBinding(node: Node): boolean {
  const callee = node['callee'] as Node;
  return (
    callee.type === 'MemberExpression' &&
    callee['computed'] !== true &&
    (callee['property'] as Node)['name'] === 'bind' &&
    (callee['object'] as Node).type !== 'Super' &&
    node['optional'] !== true &&
    !hasOptional(callee)
  );
}

/** A callee that is called as it stands, with the receiver that it stands on. */
function visitPlainCallee(callee: Node, frame: Frame): void {
  const inner = withoutParens(callee);
  if (inner.type === 'ChainExpression') {
    frame.locked++;
    visit(inner, frame);
    frame.locked--;
  } else if (inner.type === 'MemberExpression' && (inner['object'] as Node).type !== 'Super') {
    visitTarget(inner, frame);
  } else visit(callee, frame);
}

/** `super.m(x)` where native super cannot stand and nothing can suspend either (parameters of a twin). */
function writePlainSuperCall(node: Node, member: Node, frame: Frame): void {
  const { unit } = frame;
  visit(member, frame);
  visitAll(node['arguments'] as Node[], frame);
  const callee = node['callee'] as Node;
  const optional = node['optional'] === true;
  const from = optional ? unit.find('?.', callee.end) : callee.end;
  const open = unit.find('(', from);
  const comma = (node['arguments'] as Node[]).length > 0 ? ',' : '';
  if (optional) unit.remove(from, open);
  unit.after(callee.end, `${optional ? '?.' : ''}[${unit.h('C')}]`);
  unit.replace(open, open + 1, `(${frame.thisReference()}${comma}`);
}

function visitMember(node: Node, frame: Frame): void {
  if ((node['object'] as Node).type === 'Super') writeSuperRead(node, frame);
  else if (frame.suspends) writeMember(node, frame);
  else {
    visit(node['object'] as Node, frame);
    if (node['computed'] === true) visit(node['property'] as Node, frame);
    const twin = privateTwin(node['property'] as Node, frame.unit);
    if (twin !== null && !hasOptional(node)) {
      frame.unit.before(node.start, `${frame.unit.h('pm')}(`);
      frame.unit.after(node.end, `,${twin})`);
    }
  }
}

/**
 * What a line break ended in the source need not end any more when its last token is another: `o.x++` is closed by the
 * bracket on the next line, `(…)` is not.
 */
function visitEndedByLine(node: Node, child: Node | null, frame: Frame): void {
  if (child === null) return;
  const { edits } = frame.unit;
  visit(child, frame);
  frame.unit.closeStatement(node, edits);
}

/** The commonest first: nearly every node of a file comes by here. */
function visit(node: Node, frame: Frame): void {
  switch (node.type) {
    case 'Identifier':
      return visitIdentifier(node, frame);
    case 'Literal':
    case 'TemplateElement':
    case 'PrivateIdentifier':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return;
    case 'MemberExpression':
      return visitMember(node, frame);
    case 'CallExpression':
      return visitCall(node, frame);
    case 'ExpressionStatement':
      return visitEndedByLine(node, node['expression'] as Node, frame);
    case 'BinaryExpression':
    case 'LogicalExpression':
      visit(node['left'] as Node, frame);
      visit(node['right'] as Node, frame);
      return;
    case 'AssignmentExpression':
      return visitAssignment(node, frame);
    case 'BlockStatement':
      return visitBlock(node, frame);
    case 'VariableDeclaration':
    case 'LoopDeclaration':
      return visitDeclarators(node, frame);
    case 'ThisExpression': {
      const reference = frame.thisReference();
      if (reference !== 'this') frame.unit.replace(node.start, node.end, reference);
      return;
    }
    case 'IfStatement':
    case 'ConditionalExpression':
      visit(node['test'] as Node, frame);
      visit(node['consequent'] as Node, frame);
      if (node['alternate'] !== null) visit(node['alternate'] as Node, frame);
      return;
    case 'ReturnStatement':
      return visitReturn(node, frame);
    case 'ThrowStatement':
      return visitEndedByLine(node, node['argument'] as Node, frame);
    case 'ParenthesizedExpression':
      visit(node['expression'] as Node, frame);
      return;
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      return node['async'] === true
        ? writeInPlace(node, frame)
        : writeFunctionExpression(node, frame, ANONYMOUS);
    case 'ObjectExpression':
      return writeObject(node, frame);
    case 'ArrayExpression':
      for (const element of node['elements'] as (Node | null)[]) {
        if (element?.type === 'SpreadElement') visitSpread(element, frame, true);
        else if (element !== null) visit(element, frame);
      }
      return;
    case 'UnaryExpression':
      return visitUnary(node, frame);
    case 'UpdateExpression':
      if (!writeUpdate(node, frame)) visitTarget(node['argument'] as Node, frame);
      return;
    case 'NewExpression':
      if (frame.suspends && frame.unit.world.call(calledAs(node['callee'] as Node))) {
        writeNew(node, frame);
      } else visitAll([node['callee'] as Node, ...(node['arguments'] as Node[])], frame);
      return;
    case 'MetaProperty': {
      if ((node['meta'] as Node)['name'] !== 'new') return;
      const reference = frame.newTargetReference();
      if (reference !== 'new.target') frame.unit.replace(node.start, node.end, reference);
      return;
    }
    case 'FunctionDeclaration':
      // Not in a list: after a label, or as the body of an `if` in sloppy code.
      return writeInPlace(node, frame);
    case 'ClassDeclaration':
    case 'ClassExpression':
      return writeClass(node, frame);
    case 'StatementList':
      return visitStatements(node['body'] as Node[], frame);
    case 'LabeledStatement':
      return visitLabelled(node, frame);
    case 'Target': {
      const inner = node['inner'] as Node;
      if (!isWritten(inner, frame)) visitPattern(inner, frame);
      else writeAssigned(inner, node['round'] as Taken, inner.end, frame);
      return;
    }
    case 'TaggedTemplateExpression':
      return visitTag(node, frame);
    case 'ChainExpression':
      if (frame.suspends) writeChain(node, frame);
      else visit(node['expression'] as Node, frame);
      return;
    case 'SpreadElement':
      return visitSpread(node, frame, false);
    case 'YieldExpression':
      return visitYield(node, frame);
    case 'CatchClause':
      return visitCatch(node, frame);
    case 'ForStatement':
      return visitFor(node, frame);
    case 'ForInStatement':
      return visitForIn(node, frame);
    case 'ForOfStatement':
      return visitForOf(node, frame);
    case 'WhileStatement':
    case 'DoWhileStatement':
      visitEachRound(node['test'] as Node, frame);
      writeLoopBody(node['body'] as Node, frame);
      return;
    case 'WithStatement':
      return visitWith(node, frame);
    case 'SwitchStatement':
      return visitSwitch(node, frame);
    case 'ObjectPattern':
    case 'ArrayPattern':
    case 'AssignmentPattern':
    case 'RestElement':
      return visitPattern(node, frame);
    case 'ExportNamedDeclaration':
      if (node['declaration']) visit(node['declaration'] as Node, frame);
      return;
    case 'ExportDefaultDeclaration': {
      const { edits } = frame.unit;
      visitNamed(node['declaration'] as Node, frame, { text: 'default' });
      frame.unit.closeStatement(node, edits);
      return;
    }
    default:
      for (const child of childrenOf(node)) visit(child, frame);
  }
}

function visitTag(node: Node, frame: Frame): void {
  const tag = withoutParens(node['tag'] as Node);
  const blocks = frame.unit.world.call(calledAs(tag));
  const { unit } = frame;
  // Written out over its home object, a method of super needs its receiver written out too.
  const superTag =
    tag.type === 'MemberExpression' &&
    (tag['object'] as Node).type === 'Super' &&
    frame.homeReference() !== null;
  if (frame.suspends && (blocks || superTag) && tag.type !== 'ChainExpression') {
    writeTag(node, frame);
  } else if (superTag) {
    visit(tag, frame);
    visit(node['quasi'] as Node, frame);
    unit.after(
      (node['tag'] as Node).end,
      `[${unit.h('C')}](${frame.thisReference()},...${unit.h('tag')}`,
    );
    unit.after(node.end, ')');
  } else {
    visitPlainCallee(tag, frame);
    visit(node['quasi'] as Node, frame);
  }
}

function visitUnary(node: Node, frame: Frame): void {
  const argument = node['argument'] as Node;
  if (node['operator'] !== 'delete') {
    visit(argument, frame);
    return;
  }
  const inner = withoutParens(argument);
  if (inner.type === 'ChainExpression') {
    frame.locked++;
    visit(inner, frame);
    frame.locked--;
  } else visitTarget(argument, frame);
}

/** Its function declarations belong to a scope that has no first statement: they stay plain. */
function visitSwitch(node: Node, frame: Frame): void {
  visit(node['discriminant'] as Node, frame);
  for (const clause of node['cases'] as Node[]) {
    if (clause['test']) visit(clause['test'] as Node, frame);
    for (const statement of clause['consequent'] as Node[]) {
      const { edits } = frame.unit;
      visit(statement, frame);
      if (statement.type === 'VariableDeclaration') frame.unit.closeStatement(statement, edits);
      if (statement.type === 'ExpressionStatement' && frame.unit.wasTouched(statement.start)) {
        frame.unit.before(statement.start, ';');
      }
    }
  }
}

/** The whole file, in a frame for its top. */
export function writeProgram(program: Node, frame: Frame): void {
  const statements = program['body'] as Node[];
  const directives = directiveCount(statements);
  visitStatements(statements, frame);
  const text = frame.declarations() + frame.block.declarations.join('');
  frame.block.lead += (directives > 0 ? ';' : '') + text;
}
