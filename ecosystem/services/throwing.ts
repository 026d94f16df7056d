// A controller that throws what its address says, and a middleware that does.

import {
  BadRequestException, Body, Catch, ConflictException, Controller, Get, HttpException, NotFoundException, Param, ParseIntPipe, Post, Res,
  ServiceUnavailableException, UseGuards, UseInterceptors
} from '@nestjs/common'
import type { MiddlewareConsumer } from '@nestjs/common'
import { Type } from 'class-transformer'
import { IsIn, IsInt, ValidateNested } from 'class-validator'
import type { FastifyReply } from 'fastify'
import { ScaiError } from 'fastify-scai-errors'

const faults: Record<string, () => unknown> = {
  coded: () => new ScaiError('BACKEND_RATE_LIMITED', { retryAfter: 30 }),
  detailed: () => new ScaiError('VALIDATION_ERROR', { details: [{ field: 'slug', message: 'must be known' }] }),
  400: () => new BadRequestException('hunter2'),
  'object-400': () => new BadRequestException({ why: 'hunter2' }),
  404: () => new NotFoundException(),
  409: () => new ConflictException('hunter2'),
  'object-409': () => new ConflictException({ statusCode: 409, message: 'hunter2', error: { code: 'hunter2' } }),
  429: () => new HttpException('hunter2', 429),
  'object-429': () => new HttpException({ message: 'hunter2', error: { code: 'insufficient_quota' } }, 429),
  503: () => new ServiceUnavailableException('hunter2'),
  'object-503': () => new ServiceUnavailableException({ statusCode: 503, message: 'hunter2', error: 'hunter2' }),
  caused: () => new ServiceUnavailableException('hunter2', { cause: Object.assign(new Error('hunter2'), { code: 'ECONNREFUSED', syscall: 'connect' }) }),
  exposed: () => Object.assign(new NotFoundException('No such model'), { expose: true }),
  upstream: () => Object.assign(new Error('hunter2'), { response: { status: 401, headers: {}, data: 'hunter2' } }),
  plain: () => new Error('hunter2'),
  text: () => 'hunter2'
}

class Part {
  @IsIn(['text', 'image'])
  type!: string
}

class Message {
  @IsInt()
  seed!: number

  @ValidateNested()
  @Type(() => Part)
  parts!: Part[]
}

/** A filter of a service's own, for one class of errors. */
@Catch(RangeError)
export class OwnFilter {
  catch (): never { throw new ScaiError('BAD_REQUEST') }
}

@Controller()
export class Throwing {
  @Get('throw/:fault')
  throw (@Param('fault') fault: string): void { throw faults[fault]!() }

  @Get('reject/:fault')
  async reject (@Param('fault') fault: string): Promise<void> { throw faults[fault]!() }

  @Get('guarded')
  @UseGuards({ canActivate: () => false })
  guarded (): void {}

  @Get('number/:n')
  number (@Param('n', ParseIntPipe) n: number): number { return n }

  @Get('intercepted')
  @UseInterceptors({ intercept: () => { throw new ScaiError('MODEL_ACCESS_DENIED') } })
  intercepted (): void {}

  @Get('filtered')
  filtered (): void { throw new RangeError('hunter2') }

  @Get('stream')
  stream (@Res() reply: FastifyReply): FastifyReply {
    return reply.scaiStream(async function * () {
      yield { token: 'a' }
      throw new Error('hunter2')
    })
  }

  @Get('behind/:fault')
  behind (): void {}

  @Post('messages')
  create (@Body() message: Message): unknown { return message }
}

/** For the application's module. */
export class WithMiddleware {
  configure (consumer: MiddlewareConsumer): void {
    consumer.apply(({ originalUrl }: { originalUrl: string }) => { throw faults[originalUrl.split('/').at(-1)!]!() }).forRoutes('/behind/*path')
  }
}
