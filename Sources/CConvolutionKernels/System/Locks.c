#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "../include/ConvolutionSystem.h"

// These few bytes are asked for when the library or a parameter is made; without them nothing can go on.
static void *room_for(size_t size) {
  void *room = malloc(size);
  if (!room) abort();
  return room;
}

void *convolution_mutex_create(void) {
  pthread_mutex_t *mutex = room_for(sizeof *mutex);
  pthread_mutex_init(mutex, NULL);
  return mutex;
}

void convolution_mutex_destroy(void *mutex) {
  pthread_mutex_destroy(mutex);
  free(mutex);
}

void convolution_mutex_lock(void *mutex) { pthread_mutex_lock(mutex); }

void convolution_mutex_unlock(void *mutex) { pthread_mutex_unlock(mutex); }

void *convolution_semaphore_create(void) {
  sem_t *semaphore = room_for(sizeof *semaphore);
  sem_init(semaphore, 0, 0);
  return semaphore;
}

void convolution_semaphore_reset(void *semaphore) { sem_init(semaphore, 0, 0); }

void convolution_semaphore_signal(void *semaphore) { sem_post(semaphore); }

void convolution_semaphore_wait(void *semaphore) {
  while (sem_wait(semaphore) != 0 && errno == EINTR) {}
}
